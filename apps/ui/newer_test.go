package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"lotse/apps/ui/renew"
)

func TestOneWayToANewerProgramLeadsOn(t *testing.T) {
	test.NewTempApp(t)
	for _, row := range []struct {
		n    Newer
		want []Fill
	}{
		{Newer{}, nil},
		{Newer{Page: "page"}, []Fill{FillPrimary}},
		{Newer{Renew: "renew"}, []Fill{FillPrimary}},
		{Newer{Renew: "renew", Page: "page"}, []Fill{FillPrimary, FillPlain}},
		{Newer{Renew: "cancel", Stands: renew.Running, Page: "page"}, []Fill{FillDeny, FillPlain}},
		{Newer{Renew: "renew", Stands: renew.CalledOff, Page: "page"}, []Fill{FillPrimary, FillPlain}},
		{Newer{Renew: "renew", Stands: renew.Failed, Page: "page"}, []Fill{FillPlain, FillPrimary}},
		{Newer{Stands: renew.Done}, nil},
	} {
		var got []Fill
		for _, o := range NewerButtons(row.n) {
			if b, ok := o.(*Button); ok {
				got = append(got, b.fill)
			}
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: got %06x, want %06x", row.n, got, row.want)
		}
	}
}
