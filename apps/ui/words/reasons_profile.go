package words

import "lotse/participant/session"

// profileReasons are about what an organisation's profile says.
func profileReasons() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonProfileOver: {
			text{"This program has expired.", "Dieses Programm ist abgelaufen."},
			text{"Get a new one from where you got this one.", "Holen Sie sich ein neues, wo Sie dieses bekommen haben."},
		},
		session.ReasonForbidden: {
			text{"This program never allows what was asked for.", "Dieses Programm erlaubt nie, was erbeten wurde."},
			text{"Nothing was allowed.", "Es wurde nichts erlaubt."},
		},
	}
}

// profileReasonsThere are the same in front of the master.
func profileReasonsThere() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonForbidden: {
			text{"The customer's program never allows this; nobody was asked.", "Das Programm des Kunden erlaubt das nie; es wurde niemand gefragt."},
			text{"Help without it, or ask whoever hands the program out.", "Helfen Sie ohne, oder fragen Sie die Stelle, die das Programm herausgibt."},
		},
	}
}
