package words

// commonTexts are what both programs say.
func commonTexts() map[Key]text {
	return map[Key]text{
		AppTitle:         {"Lotse", "Lotse"},
		DevelopmentBuild: {"development build", "Entwicklungsversion"},
		NoProfile:        {"This program has not been made ready for an organisation yet.", "Dieses Programm ist noch für keine Organisation eingerichtet."},
		NoProfileNext:    {"It cannot connect to anybody. Please ask whoever gave it to you; their IT makes it ready with lotse-pack.", "Es kann sich mit niemandem verbinden. Bitte fragen Sie, wer es Ihnen gegeben hat; die IT dort richtet es mit lotse-pack ein."},
		ProfileDamaged:   {"This program was altered after its organisation made it ready.", "Dieses Programm wurde verändert, nachdem seine Organisation es eingerichtet hat."},
		ProfileEdition:   {"This program carries the settings of another program.", "Dieses Programm trägt die Einstellungen eines anderen Programms."},
		ProfileOver:      {"This program has expired.", "Dieses Programm ist abgelaufen."},
		ProfileTooOld:    {"This program is too old.", "Dieses Programm ist zu alt."},
		ProfileNext:      {"It does not start. Please get it again from whoever gave it to you.", "Es startet nicht. Bitte holen Sie es noch einmal dort, woher Sie es haben."},
		NoDisplay:        {"There is no screen to open a window on. Start the program from a desktop.", "Es gibt keinen Bildschirm für ein Fenster. Starten Sie das Programm auf einem Desktop."},
		NoOpenGL:         {"The window could not be opened: this computer's graphics driver has no OpenGL 2.1. Install the graphics driver of the manufacturer or start the program outside a remote desktop session.", "Das Fenster konnte nicht geöffnet werden: Der Grafiktreiber dieses Computers kann kein OpenGL 2.1. Installieren Sie den Grafiktreiber des Herstellers oder starten Sie das Programm außerhalb einer Remotedesktop-Sitzung."},
		NoWindows:        {"This program was built without windows. Build it with cgo.", "Dieses Programm wurde ohne Fenster gebaut. Bauen Sie es mit cgo."},
		CloseProgram:     {"Close", "Schließen"},
		Cancel:           {"Cancel", "Abbrechen"},
		Unnamed:          {"Somebody", "Jemand"},
		UnnamedCustomer:  {"Customer", "Kunde"},
		UnknownCompany:   {"unknown organisation", "unbekannte Organisation"},
		Verified:         {"verified", "geprüft"},
		NotVerified:      {"not verified", "nicht geprüft"},
		SecondsLeft:      {"%d s left", "noch %d s"},
		TimeLeft:         {"%d:%02d minutes left", "noch %d:%02d Minuten"},
		RelayOwn:         {"Connected on this network", "Verbunden in diesem Netz"},
		RelayServer:      {"Connected through %s", "Verbunden über %s"},
		RelayRegion:      {"%s (region: %s)", "%s (Region: %s)"},
		RelayDirect:      {"Connected directly; %s steps in if that breaks off", "Direkt verbunden; %s springt ein, wenn das abreißt"},
		Directly:         {"direct", "direkt verbunden"},
		SwitchLanguage:   {"Deutsch", "English"},
		NobodyCanReadIt:  {"The server in between can read nothing.", "Der Server dazwischen kann nichts lesen."},
		StopAnyTime:      {"Nothing is installed. F11 stops everything at any time.", "Es wird nichts installiert. F11 stoppt jederzeit alles."},
		StopIfSurprised:  {"Only enter a number if you asked for help yourself.", "Geben Sie nur dann eine Nummer ein, wenn Sie selbst um Hilfe gebeten haben."},
		CompareWords:     {"Compare these digits on the phone: %s", "Vergleichen Sie diese Ziffern am Telefon: %s"},
		WaitSeconds:      {"You can try again in %d s.", "Sie können es in %d s noch einmal versuchen."},
		AttemptsLeft:     {"%d tries are left.", "Es sind noch %d Versuche möglich."},
		AttemptLeft:      {"One try is left.", "Es ist noch ein Versuch möglich."},
		DownloadPage:     {"Download: %s", "Download: %s"},
	}
}

// rightTexts name the rights, short for a chip and as a sentence for a choice.
func rightTexts() map[Key]text {
	return map[Key]text{
		RightSee:      {"See screen", "Bildschirm sehen"},
		RightPoint:    {"Point", "Zeigen"},
		RightControl:  {"Control", "Steuern"},
		RightFilesIn:  {"Send files", "Dateien senden"},
		RightFilesOut: {"Get files", "Dateien holen"},
		RightClipIn:   {"Set clipboard", "Zwischenablage setzen"},
		RightClipOut:  {"Read clipboard", "Zwischenablage lesen"},
		RightRecord:   {"Record", "Aufzeichnen"},
		RightChat:     {"Chat", "Chat"},
		RightNone:     {"nothing", "nichts"},
		RightsJoin:    {", ", ", "},
		AskSee:        {"See your whole screen", "Ihren ganzen Bildschirm sehen"},
		AskPoint:      {"Point at things on your screen", "Auf Ihrem Bildschirm auf etwas zeigen"},
		AskControl:    {"Use your keyboard and mouse", "Ihre Tastatur und Maus benutzen"},
		AskFilesIn:    {"Send files to this computer", "Dateien an diesen Computer senden"},
		AskFilesOut:   {"Receive files that you pick", "Dateien bekommen, die Sie auswählen"},
		AskClipIn:     {"Put text or pictures into your clipboard", "Text oder Bilder in Ihre Zwischenablage legen"},
		AskClipOut:    {"Read what you copied (clipboard)", "Lesen, was Sie kopiert haben (Zwischenablage)"},
		AskRecord:     {"Record this session", "Diese Sitzung aufzeichnen"},
		AskChat:       {"Write messages with you", "Mit Ihnen Nachrichten schreiben"},
	}
}
