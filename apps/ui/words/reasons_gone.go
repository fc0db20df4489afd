package words

import "lotse/participant/session"

// goneReasons are the sentences about a member who has left for good, where
// the moderator's sentence speaks of the room or of ourselves.
func goneReasons() map[session.Reason]sentence {
	again := text{
		"Nothing is seen or controlled any more. With number and PIN the customer can join again.",
		"Es wird nichts mehr gesehen oder gesteuert. Mit Nummer und PIN kann der Kunde wieder beitreten.",
	}
	current := text{
		"Both sides should use the current program; then the customer can join again.",
		"Beide Seiten sollten das aktuelle Programm benutzen; dann kann der Kunde wieder beitreten.",
	}
	return map[session.Reason]sentence{
		session.ReasonLeft:           {text{"The customer left the session.", "Der Kunde hat die Sitzung verlassen."}, again},
		session.ReasonConnectionLost: {text{"The connection to the customer was gone for too long.", "Die Verbindung zum Kunden war zu lange weg."}, again},
		session.ReasonRelayClosing:   {text{"The server ended the customer's connection.", "Der Server hat die Verbindung des Kunden beendet."}, again},
		session.ReasonOverflow:       {text{"The customer's connection was too slow to keep up.", "Die Verbindung des Kunden war zu langsam und kam nicht mehr mit."}, again},
		session.ReasonThrottled:      {text{"The server ended the customer's connection: it sent too much.", "Der Server hat die Verbindung des Kunden beendet: sie hat zu viel gesendet."}, again},
		session.ReasonEndedByMaster:  {text{"You ended the session.", "Sie haben die Sitzung beendet."}, text{"Nothing is seen or controlled any more.", "Es wird nichts mehr gesehen oder gesteuert."}},
		session.ReasonProtocol:       {text{"That computer sent something that does not belong here, so its connection was ended.", "Jener Computer hat etwas gesendet, das nicht hierher gehört; seine Verbindung wurde beendet."}, current},
		session.ReasonUpgrade:        {text{"The customer's program is too old.", "Das Programm des Kunden ist zu alt."}, current},
		session.ReasonInternal:       {text{"The customer's program made a mistake and ended.", "Das Programm des Kunden hat einen Fehler gemacht und sich beendet."}, again},
		session.ReasonTampered: {
			text{"Data of this customer was changed on its way. The connection was ended to be safe.", "Daten dieses Kunden wurden unterwegs verändert. Die Verbindung wurde sicherheitshalber beendet."},
			text{"Try another network and tell your IT.", "Versuchen Sie ein anderes Netz und sagen Sie es Ihrer IT."},
		},
		// Whoever calls people who expect nobody must not learn that it was noticed.
		session.ReasonUnexpectedCall: {text{"The customer left the session.", "Der Kunde hat die Sitzung verlassen."}, again},
	}
}
