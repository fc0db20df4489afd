package words

// selfTexts are about the program itself.
func selfTexts() map[Key]text {
	return map[Key]text{
		SelfUnsigned:  {"Nobody signed this program, so nobody vouches for it.", "Dieses Programm hat niemand unterschrieben, also bürgt niemand dafür."},
		SelfAltered:   {"This program was changed after it was signed. It does not start.", "Dieses Programm wurde nach dem Unterschreiben verändert. Es startet nicht."},
		SelfStranger:  {"This program was signed by somebody who may not sign it. It does not start.", "Dieses Programm hat jemand unterschrieben, der es nicht darf. Es startet nicht."},
		SelfUnchecked: {"This program could not check its own signature. It does not start.", "Dieses Programm konnte seine eigene Unterschrift nicht prüfen. Es startet nicht."},
		SelfNext: {
			"Delete it and get a fresh one from whoever gave it to you; tell them about this.",
			"Löschen Sie es und holen Sie sich ein frisches von der Stelle, von der Sie es haben; sagen Sie dort Bescheid.",
		},
		UpdateOpen:      {"Open the download page", "Download-Seite öffnen"},
		UpdateAsk:       {"Open the download page now?", "Die Download-Seite jetzt öffnen?"},
		UpdateNoOpen:    {"No browser came up. Type this address into one: %s", "Es ging kein Browser auf. Tippen Sie dort diese Adresse ein: %s"},
		UpdateNow:       {"Update this program now", "Dieses Programm jetzt aktualisieren"},
		UpdateAbout:     {"The new program takes the place of this file; nothing is installed.", "Das neue Programm tritt an die Stelle dieser Datei; installiert wird nichts."},
		UpdateLooking:   {"Looking for the newest program …", "Das neueste Programm wird gesucht …"},
		UpdateLoading:   {"Downloading: %s of %s", "Wird heruntergeladen: %s von %s"},
		UpdateProving:   {"Checking what was downloaded …", "Das Heruntergeladene wird geprüft …"},
		UpdateDone:      {"Done. Close this window and start the program again.", "Fertig. Schließen Sie dieses Fenster und starten Sie das Programm neu."},
		UpdateNone:      {"There is no newer program than this one.", "Es gibt kein neueres Programm als dieses."},
		UpdateCalledOff: {"Called off. Nothing was changed.", "Abgebrochen. Es wurde nichts verändert."},
		UpdateTooOld: {
			"This program is too old and must not be used any more, and there is no newer one for this computer. Ask whoever gave it to you.",
			"Dieses Programm ist zu alt und darf nicht mehr benutzt werden, und für diesen Computer gibt es kein neueres. Fragen Sie, wer es Ihnen gegeben hat.",
		},
		UpdateUnreachable: {
			"The newer program could not be downloaded. Check the Internet connection, or use the download page. Nothing was changed.",
			"Das neuere Programm ließ sich nicht herunterladen. Prüfen Sie die Internetverbindung oder nehmen Sie die Download-Seite. Es wurde nichts verändert.",
		},
		UpdateListOver: {
			"The list of programs is out of date, or this computer's clock is wrong. Nothing was changed; use the download page, or tell whoever helps you.",
			"Die Liste der Programme ist abgelaufen, oder die Uhr dieses Computers geht falsch. Es wurde nichts verändert; nehmen Sie die Download-Seite, oder sagen Sie es Ihrer Betreuung.",
		},
		UpdateUntrusted: {
			"What the server offers is not what was signed. It was thrown away and nothing was changed; tell whoever helps you.",
			"Was der Server anbietet, ist nicht, was unterschrieben wurde. Es wurde verworfen und nichts verändert; sagen Sie es Ihrer Betreuung.",
		},
		UpdateStranger: {
			"The newer program was signed by somebody else. It was thrown away and nothing was changed; tell whoever helps you.",
			"Das neuere Programm hat jemand anders unterschrieben. Es wurde verworfen und nichts verändert; sagen Sie es Ihrer Betreuung.",
		},
		UpdatePlace: {
			"This file cannot be replaced where it lies. Use the download page, or move the program into a folder of your own.",
			"Diese Datei lässt sich nicht ersetzen, wo sie liegt. Nehmen Sie die Download-Seite, oder legen Sie das Programm in einen eigenen Ordner.",
		},
		UpdateGone: {
			"This program no longer lies where it was started from; look for it among the hidden files of that folder, or get it from the download page again.",
			"Dieses Programm liegt nicht mehr, wo es gestartet wurde; suchen Sie es unter den versteckten Dateien jenes Ordners, oder holen Sie es neu von der Download-Seite.",
		},
		UpdateFailed: {"That did not work. Nothing was changed; use the download page.", "Das hat nicht geklappt. Es wurde nichts verändert; nehmen Sie die Download-Seite."},
		LogForbidden: {"Asked for, and never given by this program: %s", "Erbeten, was dieses Programm nie erlaubt: %s"},
	}
}
