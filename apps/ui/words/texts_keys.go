package words

// keyTexts are about keys that would not reach the customer by themselves.
func keyTexts() map[Key]text {
	return map[Key]text{
		ViewerKeys:    {"Send keys", "Tasten senden"},
		ViewerGrab:    {"Alt+Tab and Windows key go to the customer, too", "Auch Alt+Tab und Windows-Taste gehen zum Kunden"},
		ViewerGrabbed: {"Right Ctrl takes the keys back", "Rechte Strg holt die Tasten zurück"},
		ViewerGrabTitle: {
			"%s – all keys go there, right Ctrl or Ctrl+Alt+Home takes them back",
			"%s – alle Tasten gehen dorthin, rechte Strg oder Strg+Alt+Pos1 holt sie zurück",
		},
		KeysSuper:  {"Windows key (start menu)", "Windows-Taste (Startmenü)"},
		KeysSwitch: {"Alt+Tab (other window)", "Alt+Tab (anderes Fenster)"},
		KeysClose:  {"Alt+F4 (close the window)", "Alt+F4 (Fenster schließen)"},
		KeysStart:  {"Ctrl+Esc", "Strg+Esc"},
		KeysTasks:  {"Ctrl+Shift+Esc (task manager)", "Strg+Umschalt+Esc (Task-Manager)"},
		KeysSecure: {"Ctrl+Alt+Del (not on Windows)", "Strg+Alt+Entf (nicht bei Windows)"},
		KeysPrint:  {"Print Screen", "Druck"},
		KeysEscape: {"Esc", "Esc"},
		KeysNotSecure: {
			"Windows takes Ctrl+Alt+Del from its own keyboard only: use the task manager",
			"Windows nimmt Strg+Alt+Entf nur von der eigenen Tastatur: Task-Manager nehmen",
		},
		KeysNotStop: {
			"F11 is never sent: with it the customer stops everything",
			"F11 wird nie gesendet: Damit stoppt der Kunde alles",
		},
		KeysNotLock: {
			"Windows key+L is not offered: you could not unlock again",
			"Windows-Taste+L fehlt: Sie könnten nicht wieder entsperren",
		},
		KeysOneWindow: {
			"The customer shows one window: keys that leave it are not sent",
			"Der Kunde zeigt ein Fenster: Tasten, die hinausführen, werden nicht gesendet",
		},
	}
}
