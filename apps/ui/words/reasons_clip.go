package words

import "lotse/participant/session"

// clipReasonsThere are about the clipboard of the customer's computer, in front
// of the moderator.
func clipReasonsThere() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonNoClipboard: {
			text{"The clipboard of that computer cannot be reached.", "Die Zwischenablage jenes Computers ist nicht zu erreichen."},
			text{"Type the text instead.", "Tippen Sie den Text stattdessen."},
		},
		session.ReasonClipTooLarge: {
			text{"What was copied there is too large for the shared clipboard.", "Was dort kopiert wurde, ist zu groß für die gemeinsame Zwischenablage."},
			text{"Let the customer copy a smaller part: text up to 48 KB, a picture up to 16 MB.", "Lassen Sie den Kunden einen kleineren Teil kopieren: Text bis 48 KB, ein Bild bis 16 MB."},
		},
	}
}
