package ui

import (
	"fyne.io/fyne/v2"

	"lotse/packaging/icon"
)

// iconSide is the window icon's side in pixels; systems scale it down.
const iconSide = 128

// Icon returns the programs' picture, the signal flag H: "I have a pilot on
// board".
func Icon() fyne.Resource {
	data, err := icon.PNG(iconSide)
	if err != nil {
		return nil // a window without a picture is still a window
	}
	return fyne.NewStaticResource("lotse.png", data)
}
