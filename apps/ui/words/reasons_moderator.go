package words

import (
	"maps"

	"lotse/participant/session"
)

// moderatorReasons are the sentences that read differently in front of the
// master, because somebody else did it.
func moderatorReasons() map[session.Reason]sentence {
	all := make(map[session.Reason]sentence)
	for _, table := range []map[session.Reason]sentence{memberReasons(), clipReasonsThere(), raiseReasonsThere(), ownReasons(), profileReasonsThere()} {
		maps.Copy(all, table)
	}
	return all
}

// memberReasons are about what a member of the room did or can't do.
func memberReasons() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonDeclined: {
			text{"The customer said no.", "Der Kunde hat Nein gesagt."},
			text{"Explain what it is for, then ask again.", "Erklären Sie, wozu es dient, und fragen Sie noch einmal."},
		},
		session.ReasonExpired: {
			text{"The customer did not answer in time; that counts as no.", "Der Kunde hat nicht rechtzeitig geantwortet; das gilt als Nein."},
			text{"Ask again while the customer looks at the screen.", "Fragen Sie noch einmal, während der Kunde auf den Bildschirm sieht."},
		},
		session.ReasonTimeOver: {
			text{"The time is over for which the customer allowed it.", "Die Zeit, für die der Kunde es erlaubt hat, ist um."},
			text{"If you need longer, ask again.", "Wenn Sie länger brauchen, fragen Sie noch einmal."},
		},
		session.ReasonStopKey: {
			text{"The customer stopped everything with F11.", "Der Kunde hat alles mit F11 gestoppt."},
			text{"Nothing is seen or controlled any more. Talk before you go on.", "Es wird nichts mehr gesehen oder gesteuert. Sprechen Sie miteinander, bevor es weitergeht."},
		},
		session.ReasonStopButton: {
			text{"The customer stopped everything with the STOP button.", "Der Kunde hat alles mit dem STOPP-Knopf gestoppt."},
			text{"Nothing is seen or controlled any more. Talk before you go on.", "Es wird nichts mehr gesehen oder gesteuert. Sprechen Sie miteinander, bevor es weitergeht."},
		},
		session.ReasonUnexpectedCall: {
			text{"The customer left the session.", "Der Kunde hat die Sitzung verlassen."},
			text{"For more help the customer joins again.", "Für weitere Hilfe tritt der Kunde erneut bei."},
		},
		session.ReasonNoDisplay: {
			text{"That computer cannot show its screen.", "Jener Computer kann seinen Bildschirm nicht zeigen."},
			text{"On Linux the customer has to log in with an X11 session.", "Unter Linux muss sich der Kunde mit einer X11-Sitzung anmelden."},
		},
		session.ReasonNoPermission: {
			text{"macOS does not let that computer show its screen yet.", "macOS lässt jenen Computer seinen Bildschirm noch nicht zeigen."},
			text{
				"The customer switches it on under System Settings › Privacy & Security › Screen Recording and starts the program again.",
				"Der Kunde schaltet es unter Systemeinstellungen › Datenschutz & Sicherheit › Bildschirmaufnahme ein und startet das Programm neu.",
			},
		},
		session.ReasonStoppedOutside: {
			text{"The customer ended the picture in the menu of macOS.", "Der Kunde hat das Bild im Menü von macOS beendet."},
			text{"Ask to be shown something again.", "Bitten Sie darum, wieder etwas gezeigt zu bekommen."},
		},
		session.ReasonDisplayLost: {
			text{"The screen that was shown went away.", "Der gezeigte Bildschirm ist weggefallen."},
			text{"Ask to see it again.", "Bitten Sie noch einmal darum, ihn zu sehen."},
		},
		session.ReasonWindowClosed: {
			text{"The customer closed the window that was shown.", "Der Kunde hat das gezeigte Fenster geschlossen."},
			text{"Ask to be shown something else.", "Bitten Sie darum, etwas anderes gezeigt zu bekommen."},
		},
		session.ReasonWindowHidden: {
			text{"The customer minimised the window; this is its last picture.", "Der Kunde hat das Fenster minimiert; das ist sein letztes Bild."},
			text{"Ask to have it opened again.", "Bitten Sie darum, es wieder zu öffnen."},
		},
		session.ReasonScreenLocked: {
			text{"That screen is locked or dark; this is its last picture.", "Jener Bildschirm ist gesperrt oder dunkel; das ist sein letztes Bild."},
			text{"Ask the customer to unlock it.", "Bitten Sie den Kunden, ihn zu entsperren."},
		},
		session.ReasonNoStopKey: {
			text{"F11 cannot be watched on that computer, so it cannot be controlled.", "F11 kann auf jenem Computer nicht überwacht werden, deshalb ist er nicht steuerbar."},
			text{"Viewing works. Tell the customer what to press.", "Zusehen geht. Sagen Sie dem Kunden, was zu drücken ist."},
		},
		session.ReasonNoPointing: {
			text{"Nothing can be drawn over that screen.", "Über jenen Bildschirm lässt sich nichts zeichnen."},
			text{"Describe what you mean, or ask for control.", "Beschreiben Sie, was Sie meinen, oder bitten Sie um die Steuerung."},
		},
		session.ReasonNoInput: {
			text{"That computer takes no keyboard or mouse from afar.", "Jener Computer nimmt Tastatur und Maus von außen nicht an."},
			text{"Viewing works. Tell the customer what to press.", "Zusehen geht. Sagen Sie dem Kunden, was zu drücken ist."},
		},
		session.ReasonLeft: {
			text{"The customer left the session.", "Der Kunde hat die Sitzung verlassen."},
			text{"For more help the customer joins again.", "Für weitere Hilfe tritt der Kunde erneut bei."},
		},
	}
}

// ownReasons are about the moderator's own room and licence.
func ownReasons() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonEndedByMaster: {
			text{"You ended the session.", "Sie haben die Sitzung beendet."},
			text{"Nobody is connected any more.", "Es ist niemand mehr verbunden."},
		},
		session.ReasonWrongPIN: {
			text{"Somebody typed a wrong PIN.", "Jemand hat eine falsche PIN eingetippt."},
			text{"Read the PIN aloud once more, slowly.", "Lesen Sie die PIN noch einmal langsam vor."},
		},
		session.ReasonPINRenewed: {
			text{"Too many wrong PINs came in, so there is a new one.", "Es kamen zu viele falsche PINs, deshalb gibt es eine neue."},
			text{"Read the new PIN aloud.", "Lesen Sie die neue PIN vor."},
		},
		session.ReasonLicence: {
			text{"The server refused this program's licence.", "Der Server hat die Lizenz dieses Programms abgelehnt."},
			text{"Ask your IT for a current program or licence.", "Fragen Sie Ihre IT nach einem aktuellen Programm oder einer gültigen Lizenz."},
		},
		session.ReasonUpgrade: {
			text{"This program is too old for the server.", "Dieses Programm ist zu alt für den Server."},
			text{"Get the current one from your IT.", "Holen Sie sich das aktuelle von Ihrer IT."},
		},
		session.ReasonRelayKey: {
			text{"A server answered that is not the right one. Nothing was sent to it.", "Es hat ein Server geantwortet, der nicht der richtige ist. Es wurde nichts an ihn gesendet."},
			text{"Try another network and tell your IT.", "Versuchen Sie ein anderes Netz und sagen Sie es Ihrer IT."},
		},
		session.ReasonTampered: {
			text{"Data was changed on its way. The session was ended to be safe.", "Daten wurden unterwegs verändert. Die Sitzung wurde sicherheitshalber beendet."},
			text{"Try another network and tell your IT.", "Versuchen Sie ein anderes Netz und sagen Sie es Ihrer IT."},
		},
		session.ReasonRefused: {
			text{"You did not let this person in.", "Sie haben diese Person nicht eingelassen."},
			text{"Whoever it was can knock again.", "Wer es war, kann noch einmal anklopfen."},
		},
		session.ReasonRemoved: {
			text{"You removed this person.", "Sie haben diese Person entfernt."},
			text{"To keep others out, lock the session.", "Damit niemand mehr hereinkommt, schließen Sie die Sitzung ab."},
		},
		session.ReasonInternal: {
			text{"The program made a mistake.", "Das Programm hat einen Fehler gemacht."},
			text{"Start it again. If it happens again, tell your IT.", "Starten Sie es neu. Kommt es wieder vor, sagen Sie es Ihrer IT."},
		},
	}
}
