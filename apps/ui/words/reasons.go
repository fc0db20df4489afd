package words

import (
	"maps"

	"lotse/participant/session"
)

// reasons holds a sentence for every session.Reason, as the customer reads it
// and, where moderatorReasons has no other, the moderator too.
func reasons() map[session.Reason]sentence {
	all := make(map[session.Reason]sentence)
	for _, table := range []map[session.Reason]sentence{doorReasons(), endReasons(), troubleReasons(), raiseReasons(), profileReasons()} {
		maps.Copy(all, table)
	}
	return all
}

// doorReasons are about not getting in.
func doorReasons() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonWrongPIN: {
			text{"The PIN was not right.", "Die PIN stimmt nicht."},
			text{"Please let it be read out again, slowly, and type it once more.", "Bitte lassen Sie sie sich noch einmal langsam vorlesen und tippen Sie sie neu ein."},
		},
		session.ReasonPINRenewed: {
			text{"There were too many wrong PINs, so there is a new one now.", "Es gab zu viele falsche PINs, deshalb gibt es jetzt eine neue."},
			text{"Ask for the new PIN and type it.", "Fragen Sie nach der neuen PIN und tippen Sie sie ein."},
		},
		session.ReasonUnknownSession: {
			text{"No session with this number is open.", "Eine Sitzung mit dieser Nummer ist nicht offen."},
			text{"Compare the number digit by digit; the session must be open over there.", "Vergleichen Sie die Nummer Ziffer für Ziffer; die Sitzung muss auf der anderen Seite offen sein."},
		},
		session.ReasonBadCode: {
			text{"That is not a session number with a PIN.", "Das ist keine Sitzungsnummer mit PIN."},
			text{"Type it like this: 48213-739204.", "Tippen Sie sie so ein: 48213-739204."},
		},
		session.ReasonRelayUnreachable: {
			text{"No server could be reached.", "Es war kein Server erreichbar."},
			text{"Check the Internet connection and try again.", "Prüfen Sie die Internetverbindung und versuchen Sie es noch einmal."},
		},
		session.ReasonProxyLogin: {
			text{"This network's proxy wants a name and a password.", "Der Proxy dieses Netzes will einen Namen und ein Kennwort."},
			text{"Try another network, such as a mobile phone's, or ask your IT to let this program through.", "Versuchen Sie ein anderes Netz, etwa das eines Mobiltelefons, oder bitten Sie Ihre IT, dieses Programm durchzulassen."},
		},
		session.ReasonRelayKey: {
			text{"A server answered that is not the right one. Nothing was sent to it.", "Es hat ein Server geantwortet, der nicht der richtige ist. Es wurde nichts an ihn gesendet."},
			text{"Try another network. If it happens again, tell whoever helps you.", "Versuchen Sie ein anderes Netz. Kommt es wieder vor, sagen Sie es Ihrer Betreuung."},
		},
		session.ReasonUpgrade: {
			text{"This program is too old for the server.", "Dieses Programm ist zu alt für den Server."},
			text{"Download the current one from where you got this one.", "Laden Sie das aktuelle dort herunter, wo Sie dieses bekommen haben."},
		},
		session.ReasonThrottled: {
			text{"There were too many tries in a short time.", "Es gab zu viele Versuche in kurzer Zeit."},
			text{"Wait a moment, then try again.", "Warten Sie einen Moment und versuchen Sie es dann noch einmal."},
		},
		session.ReasonLicence: {
			text{"The licence of the other side was refused.", "Die Lizenz der Gegenseite wurde abgelehnt."},
			text{"Tell whoever helps you.", "Sagen Sie es Ihrer Betreuung."},
		},
		session.ReasonNumberTaken: {
			text{"This session number is in use.", "Diese Sitzungsnummer ist vergeben."},
			text{"Start again to get another one.", "Starten Sie neu, dann gibt es eine andere."},
		},
		session.ReasonRoomFull: {
			text{"The session is full.", "Die Sitzung ist voll."},
			text{"Ask the moderator to make room, then try again.", "Bitten Sie die Moderation um einen Platz und versuchen Sie es noch einmal."},
		},
		session.ReasonRoomLocked: {
			text{"The session is locked; nobody else is let in.", "Die Sitzung ist abgeschlossen; es wird niemand mehr eingelassen."},
			text{"Ask the moderator to unlock it, then try again.", "Bitten Sie die Moderation aufzuschließen und versuchen Sie es noch einmal."},
		},
		session.ReasonLinkSpent: {
			text{"This link does not work any more: it was used, taken back, or the session is over.", "Dieser Link gilt nicht mehr: Er wurde benutzt, zurückgenommen, oder die Sitzung ist vorbei."},
			text{"Ask for a new link, or for the number and the PIN.", "Bitten Sie um einen neuen Link oder um Nummer und PIN."},
		},
		session.ReasonRefused: {
			text{"You were not let in.", "Sie wurden nicht eingelassen."},
			text{"Ask on the phone why, then try again.", "Fragen Sie am Telefon nach dem Grund und versuchen Sie es noch einmal."},
		},
	}
}

// endReasons are about a session that is over.
func endReasons() map[session.Reason]sentence {
	closed := text{"Nothing of your screen is sent any more. You can close this window.", "Von Ihrem Bildschirm wird nichts mehr gesendet. Sie können dieses Fenster schließen."}
	return map[session.Reason]sentence{
		session.ReasonRemoved:       {text{"You were removed from the session.", "Sie wurden aus der Sitzung entfernt."}, closed},
		session.ReasonEndedByMaster: {text{"The other side ended the session.", "Die andere Seite hat die Sitzung beendet."}, closed},
		session.ReasonLeft:          {text{"You left the session.", "Sie haben die Sitzung verlassen."}, closed},
		session.ReasonStopKey:       {text{"You pressed F11. Everything stopped at once.", "Sie haben F11 gedrückt. Alles wurde sofort gestoppt."}, closed},
		session.ReasonStopButton:    {text{"You pressed STOP. Everything stopped at once.", "Sie haben STOPP gedrückt. Alles wurde sofort gestoppt."}, closed},
		session.ReasonUnexpectedCall: {
			text{"You did not expect this call, so everything was stopped.", "Sie haben diesen Anruf nicht erwartet, deshalb wurde alles gestoppt."},
			text{
				"Hang up. Tell nobody a password or a TAN. Call the organisation on a number that you looked up yourself.",
				"Legen Sie auf. Nennen Sie niemandem ein Passwort oder eine TAN. Rufen Sie die Organisation unter einer Nummer an, die Sie selbst herausgesucht haben.",
			},
		},
		session.ReasonConnectionLost: {
			text{"The connection was gone for too long, so the session is over.", "Die Verbindung war zu lange weg, deshalb ist die Sitzung beendet."},
			text{"Check the Internet connection; for more help begin a new session.", "Prüfen Sie die Internetverbindung; für weitere Hilfe beginnen Sie eine neue Sitzung."},
		},
		session.ReasonRelayClosing: {
			text{"The server is being restarted, so the session is over.", "Der Server wird neu gestartet, deshalb ist die Sitzung beendet."},
			text{"Begin a new session in a minute.", "Beginnen Sie in einer Minute eine neue Sitzung."},
		},
		session.ReasonOverflow: {
			text{"The connection was too slow to keep up.", "Die Verbindung war zu langsam und kam nicht mehr mit."},
			text{"Begin a new session, if possible on a faster network.", "Beginnen Sie eine neue Sitzung, möglichst in einem schnelleren Netz."},
		},
		session.ReasonProtocol: {
			text{"The other side sent something that does not belong here.", "Die andere Seite hat etwas gesendet, das nicht hierher gehört."},
			text{"Both sides should use the current program; then begin a new session.", "Beide Seiten sollten das aktuelle Programm benutzen; beginnen Sie dann eine neue Sitzung."},
		},
		session.ReasonTampered: {
			text{"Data was changed on its way. The session was ended to be safe.", "Daten wurden unterwegs verändert. Die Sitzung wurde sicherheitshalber beendet."},
			text{"Try another network. If it happens again, tell whoever helps you.", "Versuchen Sie ein anderes Netz. Kommt es wieder vor, sagen Sie es Ihrer Betreuung."},
		},
		session.ReasonExpired: {
			text{"The question was not answered in time. That counts as no.", "Die Frage wurde nicht rechtzeitig beantwortet. Das gilt als Nein."},
			text{"If you do want it, ask for the question to be put again.", "Wenn Sie es doch möchten, lassen Sie die Frage noch einmal stellen."},
		},
		session.ReasonTimeOver: {
			text{"The time is over that you gave.", "Die Zeit, die Sie gegeben haben, ist um."},
			text{"You can allow it again, or be asked again.", "Sie können es wieder erlauben oder sich noch einmal fragen lassen."},
		},
		session.ReasonDeclined: {
			text{"You said no.", "Sie haben Nein gesagt."},
			text{"Nothing was allowed. The question can be put again.", "Es wurde nichts erlaubt. Die Frage kann noch einmal gestellt werden."},
		},
	}
}

// troubleReasons are about what does not work here, and mistakes of ours.
func troubleReasons() map[session.Reason]sentence {
	return map[session.Reason]sentence{
		session.ReasonNoDisplay: {
			text{"The screen of this computer cannot be shown.", "Der Bildschirm dieses Computers kann nicht gezeigt werden."},
			text{"On Linux, log in with an X11 session (Wayland is not supported yet).", "Unter Linux: Melden Sie sich mit einer X11-Sitzung an (Wayland geht noch nicht)."},
		},
		session.ReasonNoPermission: {
			text{"macOS does not let this program see the screen yet.", "macOS lässt dieses Programm den Bildschirm noch nicht sehen."},
			text{
				"System Settings › Privacy & Security › Screen Recording: switch it on, then start this program again.",
				"Systemeinstellungen › Datenschutz & Sicherheit › Bildschirmaufnahme: einschalten und dieses Programm neu starten.",
			},
		},
		session.ReasonStoppedOutside: {
			text{"You ended the picture in the menu of macOS. Nothing is shown now.", "Sie haben das Bild im Menü von macOS beendet. Es wird jetzt nichts gezeigt."},
			text{"Choose what to show to go on.", "Wählen Sie aus, was Sie zeigen, damit es weitergeht."},
		},
		session.ReasonDisplayLost: {
			text{"The screen that was shown went away.", "Der gezeigte Bildschirm ist weggefallen."},
			text{"Plug the monitor in again or allow viewing once more.", "Schließen Sie den Monitor wieder an oder erlauben Sie das Zusehen noch einmal."},
		},
		session.ReasonWindowClosed: {
			text{"The window that was shown was closed. Nothing is shown now.", "Das gezeigte Fenster wurde geschlossen. Es wird jetzt nichts gezeigt."},
			text{"Choose what else to show.", "Wählen Sie aus, was Sie stattdessen zeigen."},
		},
		session.ReasonWindowHidden: {
			text{"The window that is shown is minimised; its last picture stands.", "Das gezeigte Fenster ist minimiert; sein letztes Bild bleibt stehen."},
			text{"Open it again to go on.", "Öffnen Sie es wieder, damit es weitergeht."},
		},
		session.ReasonScreenLocked: {
			text{"The screen is locked or dark; its last picture stands.", "Der Bildschirm ist gesperrt oder dunkel; sein letztes Bild bleibt stehen."},
			text{"Unlock it to go on.", "Entsperren Sie ihn, damit es weitergeht."},
		},
		session.ReasonNoStopKey: {
			text{"F11 cannot be watched on this computer, so nobody may control it.", "F11 kann auf diesem Computer nicht überwacht werden, deshalb darf ihn niemand steuern."},
			text{"Viewing still works; STOP in this window ends everything.", "Zusehen geht trotzdem; STOPP in diesem Fenster beendet alles."},
		},
		session.ReasonNoPointing: {
			text{"Nothing can be drawn over the screen of this computer.", "Über den Bildschirm dieses Computers lässt sich nichts zeichnen."},
			text{"Viewing still works.", "Zusehen geht trotzdem."},
		},
		session.ReasonNoClipboard: {
			text{"The clipboard of this computer cannot be reached.", "Die Zwischenablage dieses Computers ist nicht zu erreichen."},
			text{"Everything else still works.", "Alles andere geht trotzdem."},
		},
		session.ReasonClipTooLarge: {
			text{"What you copied is too large for the shared clipboard.", "Was Sie kopiert haben, ist zu groß für die gemeinsame Zwischenablage."},
			text{"Copy a smaller part: text up to 48 KB, a picture up to 16 MB.", "Kopieren Sie einen kleineren Teil: Text bis 48 KB, ein Bild bis 16 MB."},
		},
		session.ReasonNoInput: {
			text{"This computer takes no keyboard or mouse from afar.", "Dieser Computer nimmt Tastatur und Maus von außen nicht an."},
			text{"Viewing still works; use keyboard and mouse yourself.", "Zusehen geht trotzdem; bedienen Sie Tastatur und Maus selbst."},
		},
		session.ReasonInternal: {
			text{"The program made a mistake.", "Das Programm hat einen Fehler gemacht."},
			text{"Start it again. If it happens again, tell whoever gave it to you.", "Starten Sie es neu. Kommt es wieder vor, sagen Sie es der Stelle, von der Sie es haben."},
		},
	}
}
