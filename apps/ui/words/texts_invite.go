package words

// inviteTexts are about personal links.
func inviteTexts() map[Key]text {
	return map[Key]text{
		InviteOffer:    {"Invite by link …", "Mit Link einladen …"},
		InviteHeading:  {"Invite somebody by link", "Jemanden mit Link einladen"},
		InviteAbout:    {"A link lets one person knock, once, without number and PIN. It is pasted into the field of the customer's program and ends with this session.", "Mit einem Link kann eine Person anklopfen, einmal, ohne Nummer und PIN. Er wird in das Feld des Kundenprogramms eingefügt und endet mit dieser Sitzung."},
		InviteName:     {"For whom? May stay empty.", "Für wen? Kann leer bleiben."},
		InviteMake:     {"Make a link", "Link erstellen"},
		InviteFull:     {"No more links can be open at once. Take one back first.", "Mehr Links können nicht gleichzeitig offen sein. Nehmen Sie erst einen zurück."},
		InviteNew:      {"New link, shown only now", "Neuer Link, nur jetzt zu sehen"},
		InviteNewFor:   {"New link for %s, shown only now", "Neuer Link für %s, nur jetzt zu sehen"},
		InviteSend:     {"Give it to this one person only: whoever has it first can knock in their place.", "Geben Sie ihn nur dieser einen Person: Wer ihn zuerst hat, kann an ihrer Stelle anklopfen."},
		InviteCopy:     {"Copy link", "Link kopieren"},
		InviteCopied:   {"Copied", "Kopiert"},
		InviteList:     {"Links of this session", "Links dieser Sitzung"},
		InviteNone:     {"None has been made yet.", "Es wurde noch keiner erstellt."},
		InviteUnnamed:  {"without a name", "ohne Namen"},
		InviteUnused:   {"not used yet", "noch nicht benutzt"},
		InviteUsed:     {"used", "benutzt"},
		InviteUsedBy:   {"used by %s", "benutzt von %s"},
		InviteTaken:    {"taken back", "zurückgenommen"},
		InviteWithdraw: {"Take back", "Zurücknehmen"},
		KnockLink:      {"With a personal link.", "Mit einem persönlichen Link."},
	}
}
