package words

// startTexts are on the participant's first page and while it connects.
func startTexts() map[Key]text {
	return map[Key]text{
		StartHeading:     {"Let somebody help you", "Lassen Sie sich helfen"},
		StartPrompt:      {"Session number and PIN", "Sitzungsnummer und PIN"},
		StartPlaceholder: {"e.g. 48213-739204", "z. B. 48213-739204"},
		StartConnect:     {"Connect", "Verbinden"},
		ConnectingTitle:  {"Connecting …", "Verbindung wird aufgebaut …"},
		ProvingTitle:     {"Agreeing on a key …", "Schlüssel wird vereinbart …"},
		WaitingTitle:     {"Connected. Please wait to be let in.", "Verbunden. Bitte warten Sie auf den Einlass."},
		WaitingDetail:    {"%s will let you in. Nothing is shown yet.", "%s lässt Sie gleich ein. Noch wird nichts gezeigt."},
		SessionNumber:    {"Session %s", "Sitzung %s"},
	}
}

// questionTexts are around a question and its countdown.
func questionTexts() map[Key]text {
	return map[Key]text{
		QuestionHeading:    {"May I?", "Darf ich?"},
		QuestionWants:      {"%s would like to", "%s möchte"},
		QuestionFrom:       {"%s, %s", "%s, %s"},
		QuestionWhy:        {"Reason given", "Genannter Grund"},
		QuestionChoose:     {"Untick what you do not want.", "Nehmen Sie das Häkchen bei allem weg, was Sie nicht möchten."},
		QuestionZeroNo:     {"If you do nothing: refused.", "Wenn Sie nichts tun: abgelehnt."},
		QuestionAllow:      {"Allow", "Erlauben"},
		QuestionDeny:       {"Deny", "Ablehnen"},
		QuestionCaution:    {"Did somebody call you unexpectedly? Then allow nothing.", "Hat Sie jemand unerwartet angerufen? Dann erlauben Sie nichts."},
		QuestionZeroSee:    {"If you do nothing: your screen is shown, nothing else.", "Wenn Sie nichts tun: Ihr Bildschirm wird gezeigt, sonst nichts."},
		QuestionUnexpected: {"I did not expect this call", "Ich habe diesen Anruf nicht erwartet"},
		QuestionPaused:     {"While this is open, nobody else can press anything.", "Solange dies offen ist, kann sonst niemand etwas drücken."},
	}
}

// barTexts are on the bar that stays while somebody is connected.
func barTexts() map[Key]text {
	return map[Key]text{
		BarConnected:   {"Connected with", "Verbunden mit"},
		BarNothing:     {"Nobody sees your screen.", "Niemand sieht Ihren Bildschirm."},
		BarSeen:        {"Your screen is being seen.", "Ihr Bildschirm wird gesehen."},
		BarShowSoon:    {"Your screen may be seen.", "Ihr Bildschirm darf gesehen werden."},
		BarMayControl:  {"Your screen is seen; keyboard and mouse may be used.", "Ihr Bildschirm wird gesehen; Tastatur und Maus dürfen benutzt werden."},
		BarControlled:  {"Your computer is being controlled now.", "Ihr Computer wird gerade gesteuert."},
		BarStop:        {"STOP", "STOPP"},
		BarLeave:       {"Leave", "Verlassen"},
		BarStopKey:     {"or press F11", "oder F11 drücken"},
		ShowHeading:    {"Show", "Zeigen"},
		ShowWhole:      {"the whole computer", "der ganze Computer"},
		ShowScreen:     {"Screen %d (%d × %d)", "Bildschirm %d (%d × %d)"},
		ShowPart:       {"a part that you draw …", "ein Teil, den Sie zeichnen …"},
		RegionTitle:    {"Which part may be seen?", "Welcher Teil darf gesehen werden?"},
		RegionHow:      {"Draw a rectangle with the mouse.", "Ziehen Sie mit der Maus ein Rechteck auf."},
		RegionSize:     {"%d × %d pixels", "%d × %d Bildpunkte"},
		RegionShow:     {"Show this part", "Diesen Teil zeigen"},
		RegionCancel:   {"Cancel", "Abbrechen"},
		ShowLeft:       {"left half of the screen", "linke Hälfte des Bildschirms"},
		ShowRight:      {"right half of the screen", "rechte Hälfte des Bildschirms"},
		ShowOnlyWindow: {"Only this window", "Nur dieses Fenster"},
		ShowChange:     {"Change …", "Ändern …"},
		Shows:          {"Shown: %s", "Gezeigt wird: %s"},
		ShowsWindow:    {"only the window “%s”", "nur das Fenster „%s“"},
		ShowsOneWindow: {"only one window", "nur ein Fenster"},
		ShowsPart:      {"a part of the screen", "ein Teil des Bildschirms"},
		ShowsScreen:    {"only the screen %s", "nur der Bildschirm %s"},
		BarChips:       {"Allowed (click to change):", "Erlaubt (klicken zum Ändern):"},
		BarTakeOnly:    {"Allowed (click to take away):", "Erlaubt (klicken zum Wegnehmen):"},
		BarTakeOnlyWhy: {"While this computer is controlled, rights can only be taken away.", "Solange dieser Computer gesteuert wird, können Rechte nur weggenommen werden."},
		BarCannotClose: {"This bar stays while somebody is connected. STOP ends the session.", "Diese Leiste bleibt, solange jemand verbunden ist. STOPP beendet die Sitzung."},
		BarLost:        {"The connection is gone. Nobody sees or controls anything.", "Die Verbindung ist weg. Niemand sieht oder steuert etwas."},
		BarLostDetail:  {"It is being resumed by itself, %d:%02d minutes left.", "Sie wird von selbst wieder aufgenommen, noch %d:%02d Minuten."},
	}
}

// endTexts are on the page after a session.
func endTexts() map[Key]text {
	return map[Key]text{
		EndHeading:       {"The session is over", "Die Sitzung ist beendet"},
		EndScamHeading:   {"Stopped. You did the right thing.", "Gestoppt. Das war richtig so."},
		EndWho:           {"Connected with: %s", "Verbunden war: %s"},
		EndLedger:        {"What happened", "Was geschehen ist"},
		EndNew:           {"New session", "Neue Sitzung"},
		LogAsked:         {"You were asked: %s", "Sie wurden gefragt: %s"},
		LogGranted:       {"You said yes; now allowed: %s", "Sie haben Ja gesagt; jetzt erlaubt: %s"},
		LogGrantedSilent: {"No answer in time, which counts as yes; now allowed: %s", "Keine Antwort in der Zeit, das gilt als Ja; jetzt erlaubt: %s"},
		LogGrantedFor:    {"You said yes for %d minutes; now allowed: %s", "Sie haben Ja gesagt für %d Minuten; jetzt erlaubt: %s"},
		LogLimited:       {"You set a time of %d minutes for: %s", "Sie haben eine Zeit von %d Minuten gesetzt für: %s"},
		LogUnlimited:     {"You took the time limit off: %s", "Sie haben die Zeitgrenze aufgehoben für: %s"},
		LogTimeOver:      {"The time is over for: %s; still allowed: %s", "Die Zeit ist um für: %s; weiter erlaubt: %s"},
		LogDeclined:      {"You said no", "Sie haben Nein gesagt"},
		LogExpired:       {"No answer in time: refused", "Keine Antwort in der Zeit: abgelehnt"},
		LogWithdrawn:     {"The question was taken back", "Die Frage wurde zurückgezogen"},
		LogChanged:       {"You changed it; now allowed: %s", "Sie haben es geändert; jetzt erlaubt: %s"},
		LogGivenBack:     {"Given back; still allowed: %s", "Zurückgegeben; weiter erlaubt: %s"},
		LogPaused:        {"Connection gone", "Verbindung weg"},
		LogResumed:       {"Connection back", "Verbindung wieder da"},
		LogEnded:         {"Session over", "Sitzung beendet"},
		LogOther:         {"%s", "%s"},
		LogCut:           {"… %d lines are not shown …", "… %d Zeilen sind nicht gezeigt …"},
	}
}
