package words

// raiseTexts are about running the participant again as administrator.
func raiseTexts() map[Key]text {
	return map[Key]text{
		RaiseOffer: {"Windows of administrators take no keys and clicks from afar.", "Fenster von Administratoren nehmen von außen keine Tasten und Klicks an."},
		RaiseOpen:  {"Run as administrator …", "Als Administrator starten …"},
		RaiseAsk: {
			"Run this program again as administrator? Windows asks you next. The session goes on with what you have allowed; keys and clicks then reach every window.",
			"Dieses Programm neu als Administrator starten? Windows fragt Sie als Nächstes. Die Sitzung geht mit dem weiter, was Sie erlaubt haben; Tasten und Klicks erreichen dann jedes Fenster.",
		},
		RaiseYes:  {"Run as administrator", "Als Administrator starten"},
		RaiseNo:   {"Not now", "Jetzt nicht"},
		RaiseWait: {"Please answer the question that Windows asks. The session goes on meanwhile.", "Bitte beantworten Sie die Frage von Windows. Die Sitzung geht so lange weiter."},
	}
}
