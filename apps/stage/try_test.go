package stage

import (
	"context"
	"image"
	"os"
	"testing"
	"time"

	"lotse/apps/ui"
)

func TestTry(t *testing.T) {
	ctx := context.Background()
	dir := "/tmp/w/try"
	os.RemoveAll(dir + "/relay")
	relay, err := StartRelay(ctx, "../../out/bin/lotse-relay", dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Support{Relay: relay}
	defer s.Close()
	md, err := StartDisplay(ctx, image.Pt(1600, 1000))
	if err != nil {
		t.Fatal(err)
	}
	defer md.Close()
	cd, err := StartDisplay(ctx, image.Pt(1280, 800))
	if err != nil {
		t.Fatal(err)
	}
	defer cd.Close()
	for _, d := range []*Display{md, cd} {
		p, err := Start(ctx, Command{Name: "openbox", Env: d.Env()})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Stop()
	}
	pad, err := Start(ctx, Command{Name: "xterm", Args: []string{"-u8", "-geometry", "100x30+20+300", "-e", "cat"}, Env: append(cd.Env(), "LANG=C.UTF-8")})
	if err != nil {
		t.Fatal(err)
	}
	defer pad.Stop()
	if s.Moderator, err = Sit(ctx, md, Program{Command: []string{"../../out/bin/lotse-master"}, Env: relay.Env, Title: MasterTitle}, dir+"/m"); err != nil {
		t.Fatal(err)
	}
	if s.Customer, err = Sit(ctx, cd, Program{Command: []string{"../../out/bin/lotse-participant"}, Env: relay.Env, Title: ParticipantTitle}, dir+"/c"); err != nil {
		t.Fatal(err)
	}
	<-time.After(3 * time.Second)
	s.Pictures(dir, "1")
	if err := s.Connect(ctx); err != nil {
		s.Pictures(dir, "2")
		t.Fatal(err)
	}
	<-time.After(2 * time.Second)
	s.Pictures(dir, "2")
	if err := s.Moderator.Press(ctx, "Ask to see", ui.FillPrimary, 0); err != nil {
		t.Fatal(err)
	}
	<-time.After(2 * time.Second)
	s.Pictures(dir, "3")
	if err := s.Allow(ctx); err != nil {
		t.Fatal(err)
	}
	<-time.After(3 * time.Second)
	s.Pictures(dir, "4")
}
