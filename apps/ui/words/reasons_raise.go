package words

import "lotse/participant/session"

// raiseReasons are about windows that input from afar does not reach.
func raiseReasons() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonRaisedWindow: {
			text{"The window in front runs as administrator. Keys and clicks from afar do not reach it.", "Das vordere Fenster läuft als Administrator. Tasten und Klicks von außen erreichen es nicht."},
			text{"Use it yourself, or run this program again as administrator.", "Bedienen Sie es selbst oder starten Sie dieses Programm neu als Administrator."},
		},
		session.ReasonSecureDesktop: {
			text{"Windows asks something on a screen of its own, or is locked. Nobody can press anything there from afar.", "Windows fragt etwas auf einem eigenen Bildschirm oder ist gesperrt. Von außen kann dort niemand etwas drücken."},
			text{"Answer it yourself; then it goes on.", "Antworten Sie selbst; dann geht es weiter."},
		},
		session.ReasonNotRaised: {
			text{"This program was not run as administrator. Everything goes on as before.", "Dieses Programm wurde nicht als Administrator gestartet. Es geht alles weiter wie zuvor."},
			text{"You can try it again at any time.", "Sie können es jederzeit noch einmal versuchen."},
		},
	}
}

// raiseReasonsThere are the same about the customer's computer.
func raiseReasonsThere() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonRaisedWindow: {
			text{"An administrator's window is in front: keys and clicks do not reach it.", "Vorn liegt ein Fenster eines Administrators: Tasten und Klicks kommen nicht an."},
			text{
				"The customer can use it or choose “Run as administrator”; the session goes on.",
				"Der Kunde kann es bedienen oder „Als Administrator starten“ wählen; die Sitzung geht weiter.",
			},
		},
		session.ReasonSecureDesktop: {
			text{"Windows asks the customer something on a screen of its own, or is locked: nothing from afar reaches it.", "Windows fragt den Kunden etwas auf einem eigenen Bildschirm oder ist gesperrt: von außen kommt dort nichts an."},
			text{"Only the customer can answer; then it goes on by itself.", "Nur der Kunde kann antworten; dann geht es von selbst weiter."},
		},
		session.ReasonNotRaised: {
			text{"The customer's program was not run as administrator.", "Das Programm des Kunden wurde nicht als Administrator gestartet."},
			text{"Everything goes on as before; windows of administrators stay out of reach.", "Es geht alles weiter wie zuvor; Fenster von Administratoren bleiben unerreichbar."},
		},
	}
}
