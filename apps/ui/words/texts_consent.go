package words

// consentTexts are about how long something is allowed, to whom, what was
// allowed before, and about trying the stop key.
func consentTexts() map[Key]text {
	return map[Key]text{
		TimeFor:          {"Allow it for", "Erlauben für"},
		TimeMinutes:      {"%d minutes", "%d Minuten"},
		TimeEnd:          {"until the end", "bis zum Ende"},
		TimeChange:       {"Time limit …", "Zeitgrenze …"},
		TimeEnds:         {"Ends by itself: %s", "Endet von selbst: %s"},
		TimeEndsEach:     {"%s in %d:%02d min", "%s in %d:%02d min"},
		History:          {"History", "Verlauf"},
		HistoryHide:      {"Hide history", "Verlauf ausblenden"},
		HistoryCopy:      {"Copy", "Kopieren"},
		HistoryCopied:    {"Copied", "Kopiert"},
		DrillOffer:       {"Would you like to try F11, which stops everything? Nothing is lost.", "Möchten Sie F11 ausprobieren, die alles stoppt? Es geht nichts verloren."},
		DrillTry:         {"Try F11 now", "F11 jetzt probieren"},
		DrillNow:         {"Press F11 now. This time the session goes on.", "Drücken Sie jetzt F11. Dieses Mal geht die Sitzung weiter."},
		DrillStop:        {"Do not try", "Nicht probieren"},
		DrillWorked:      {"It works: that is how you stop everything. From now on F11 ends the session.", "Es klappt: So stoppen Sie alles. Ab jetzt beendet F11 die Sitzung."},
		FactPIN:          {"PIN checked", "PIN geprüft"},
		FactLink:         {"personal link checked", "persönlicher Link geprüft"},
		FactNoPIN:        {"PIN not checked", "PIN nicht geprüft"},
		FactLicence:      {"licence checked", "Lizenz geprüft"},
		FactLicenceUntil: {"licence checked, valid until %s", "Lizenz geprüft, gültig bis %s"},
		FactLicenceOver:  {"licence ran out on %s", "Lizenz abgelaufen am %s"},
		FactNoLicence:    {"licence unknown", "Lizenz unbekannt"},
		BadgeNoPIN:       {"PIN not checked", "PIN nicht geprüft"},
		BadgeLicenceOver: {"licence ran out", "Lizenz abgelaufen"},
		DateForm:         {"2 Jan 2006", "02.01.2006"},
	}
}
