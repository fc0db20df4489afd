package words

// roomTexts are in the moderator's main window.
func roomTexts() map[Key]text {
	return map[Key]text{
		RoomTitle:       {"Help somebody", "Jemandem helfen"},
		RoomOpening:     {"Opening the session …", "Sitzung wird geöffnet …"},
		RoomOpeningNext: {"Number and PIN appear in a moment.", "Nummer und PIN erscheinen gleich."},
		RoomReadAloud:   {"Read this aloud", "Lesen Sie das vor"},
		RoomNumber:      {"Session number", "Sitzungsnummer"},
		RoomPIN:         {"PIN", "PIN"},
		RoomAddress:     {"Behind it, because there is no server", "Dahinter, weil es keinen Server gibt"},
		RoomCopy:        {"Copy code", "Code kopieren"},
		RoomCopied:      {"Copied. Paste it where only the customer reads it.", "Kopiert. Fügen Sie ihn dort ein, wo nur der Kunde liest."},
		RoomNewPIN:      {"New PIN", "Neue PIN"},
		RoomPINRenewed:  {"Somebody guessed; the PIN is a new one. Read the new one aloud.", "Jemand hat geraten; die PIN ist neu. Lesen Sie die neue vor."},
		RoomLock:        {"Lock", "Abschließen"},
		RoomUnlock:      {"Unlock", "Aufschließen"},
		RoomLocked:      {"Locked: nobody else is let in.", "Abgeschlossen: Es wird niemand mehr eingelassen."},
		RoomReady:       {"Open, through %s", "Offen, über %s"},
		RoomReadyOwn:    {"Open on this network, without a server", "Offen in diesem Netz, ohne Server"},
		RoomLost:        {"Connection gone; resuming, %d:%02d minutes left", "Verbindung weg; wird wieder aufgenommen, noch %d:%02d Minuten"},
		RoomEnd:         {"End session", "Sitzung beenden"},
		RoomEndSure:     {"End the session for everybody?", "Die Sitzung für alle beenden?"},
		RoomEndYes:      {"End it", "Beenden"},
		RoomEndNo:       {"Go on", "Weiter"},
		RoomEnded:       {"The session is over", "Die Sitzung ist beendet"},
		RoomAgain:       {"New session", "Neue Sitzung"},
		RoomAs:          {"The customer sees you as: %s", "Der Kunde sieht Sie als: %s"},
	}
}

// memberTexts are about who knocks and who is in the room.
func memberTexts() map[Key]text {
	return map[Key]text{
		KnockHeading:     {"At the door", "An der Tür"},
		KnockWho:         {"%s knocks", "%s klopft an"},
		KnockWords:       {"Compare on the phone: %s", "Am Telefon vergleichen: %s"},
		KnockAdmit:       {"Admit", "Einlassen"},
		KnockRefuse:      {"Refuse", "Abweisen"},
		MembersHeading:   {"In the session", "In der Sitzung"},
		MembersNone:      {"Nobody has joined yet.", "Es ist noch niemand da."},
		MemberAway:       {"Connection gone; it may come back by itself.", "Verbindung weg; sie kommt vielleicht von selbst wieder."},
		MemberAllows:     {"Allows:", "Erlaubt:"},
		MemberAsked:      {"The customer is being asked, %d s left.", "Der Kunde wird gefragt, noch %d s."},
		MemberAskedOver:  {"The customer's time to answer is over.", "Die Zeit des Kunden zum Antworten ist um."},
		MemberGranted:    {"The customer said yes.", "Der Kunde hat Ja gesagt."},
		MemberAskSee:     {"Ask to see", "Sehen erbitten"},
		MemberAskControl: {"Ask for control", "Steuern erbitten"},
		MemberShow:       {"Show screen", "Bildschirm zeigen"},
		MemberRemove:     {"Remove", "Entfernen"},
		MemberReason:     {"Reason for the customer (may stay empty)", "Grund für den Kunden (darf leer bleiben)"},
	}
}

// viewerTexts are in the window with the customer's screen.
func viewerTexts() map[Key]text {
	return map[Key]text{
		ViewerTitle:       {"Screen of %s", "Bildschirm von %s"},
		ViewerUnnamed:     {"Screen of the customer", "Bildschirm des Kunden"},
		ViewerHidden:      {"You see nothing", "Sie sehen nichts"},
		ViewerHiddenNext:  {"The customer is not showing the screen.", "Der Kunde zeigt den Bildschirm nicht."},
		ViewerOver:        {"Over", "Beendet"},
		ViewerClose:       {"Close", "Schließen"},
		ViewerWaiting:     {"The screen appears in a moment.", "Der Bildschirm erscheint gleich."},
		ViewerViewing:     {"You are viewing", "Sie sehen zu"},
		ViewerControl:     {"You control this computer", "Sie steuern diesen Computer"},
		ViewerPaused:      {"Control is paused while a question is open", "Steuern ruht, solange eine Frage offen ist"},
		ViewerAway:        {"Connection gone", "Verbindung weg"},
		ViewerFit:         {"Fit", "Einpassen"},
		ViewerFull:        {"100 %", "100 %"},
		ViewerAsk:         {"Ask for control", "Steuern erbitten"},
		ViewerGiveBack:    {"Hand back control", "Steuern zurückgeben"},
		ViewerView:        {"View", "Ansicht"},
		ViewerDouble:      {"200 %", "200 %"},
		ViewerFullScreen:  {"Full screen (Ctrl+Alt+Enter)", "Vollbild (Strg+Alt+Enter)"},
		ViewerMonitors:    {"Their screens", "Bildschirme dort"},
		ViewerMonitor:     {"Screen %d (%d × %d)", "Bildschirm %d (%d × %d)"},
		ViewerAllMonitors: {"All side by side", "Alle nebeneinander"},
		ViewerQuality:     {"Picture", "Bild"},
		ViewerBest:        {"As good as the line allows", "So gut die Leitung erlaubt"},
		ViewerLess:        {"Less data: 5 pictures a second", "Weniger Daten: 5 Bilder je Sekunde"},
		ViewerGrey:        {"Least data: 5 a second, grey", "Am wenigsten Daten: 5 je Sekunde, grau"},
		ViewerFlow:        {"%d kbit/s · %d ms · %s", "%d kbit/s · %d ms · %s"},
		ViewerSharp:       {"best picture", "bestes Bild"},
		ViewerFair:        {"good picture", "gutes Bild"},
		ViewerReduced:     {"slow line", "langsame Leitung"},
		ViewerClickFirst:  {"Click into the picture to type there", "Klicken Sie ins Bild, um dort zu tippen"},
		ViewerEnd:         {"Stop viewing", "Zusehen beenden"},
	}
}
