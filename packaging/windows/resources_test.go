package windows_test

import (
	"bytes"
	"debug/pe"
	"errors"
	"strings"
	"testing"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"

	"lotse/packaging/icon"
	"lotse/packaging/windows"
)

func example() windows.Resources {
	return windows.Resources{
		Name: "Lotse Master", File: "lotse-master.exe", Company: "Hafen GmbH & Söhne",
		Version: [4]uint16{1, 2, 3, 4},
	}
}

// TestManifestAsksForNoRights reads the manifest back as Windows would.
func TestManifestAsksForNoRights(t *testing.T) {
	set, err := example().Set()
	if err != nil {
		t.Fatal(err)
	}
	xml := set.Get(winres.RT_MANIFEST, winres.ID(1), winres.LCIDDefault)
	got, err := winres.AppManifestFromXML(xml)
	if err != nil {
		t.Fatalf("manifest %q: %v", xml, err)
	}
	want := winres.AppManifest{
		Description: "Lotse Master", Compatibility: winres.Win10AndAbove, ExecutionLevel: winres.AsInvoker,
		DPIAwareness: winres.DPIPerMonitorV2, LongPathAware: true, UseCommonControlsV6: true,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestVersionInfoNamesTheProgram reads the version information back.
func TestVersionInfoNamesTheProgram(t *testing.T) {
	set, err := example().Set()
	if err != nil {
		t.Fatal(err)
	}
	raw := set.Get(winres.RT_VERSION, winres.ID(1), 0x409)
	got, err := version.FromBytes(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := version.Info{FileVersion: [4]uint16{1, 2, 3, 4}, ProductVersion: [4]uint16{1, 2, 3, 4}, Type: version.App}
	for key, text := range map[string]string{
		version.ProductName: "Lotse Master", version.FileDescription: "Lotse Master",
		version.CompanyName:      "Hafen GmbH & Söhne",
		version.OriginalFilename: "lotse-master.exe", version.InternalName: "lotse-master.exe",
		version.FileVersion: "1.2.3.4", version.ProductVersion: "1.2.3.4",
	} {
		if err := want.Set(0x409, key, text); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("got %x, want %x", got.Bytes(), want.Bytes())
	}
}

// TestIconHoldsEverySize counts the pictures under the name GLFW looks for.
func TestIconHoldsEverySize(t *testing.T) {
	set, err := example().Set()
	if err != nil {
		t.Fatal(err)
	}
	group, err := set.GetIcon(winres.Name("GLFW_ICON"))
	if err != nil {
		t.Fatal(err)
	}
	var ico bytes.Buffer
	if err := group.SaveICO(&ico); err != nil {
		t.Fatal(err)
	}
	if got, want := int(ico.Bytes()[4]), len(icon.Sizes()); got != want {
		t.Errorf("got %d pictures, want %d", got, want)
	}
}

// TestWriteObjectIsReproducible compares two runs and opens the result.
func TestWriteObjectIsReproducible(t *testing.T) {
	var one, two bytes.Buffer
	if err := errors.Join(example().WriteObject(&one), example().WriteObject(&two)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("two runs differ: %d and %d bytes", one.Len(), two.Len())
	}
	object, err := pe.NewFile(bytes.NewReader(one.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := object.Machine, uint16(pe.IMAGE_FILE_MACHINE_AMD64); got != want || object.Section(".rsrc") == nil {
		t.Errorf("got machine %x, want %x with a .rsrc section", got, want)
	}
}

// TestResourcesRefuseWhatCannotBeShown tries each text empty, too long and
// with a character that turns the reading direction.
func TestResourcesRefuseWhatCannotBeShown(t *testing.T) {
	for _, bad := range []string{"", strings.Repeat("x", 257), "Lotse\u202egnp.exe", "Lotse\n"} {
		for i := range 3 {
			r := example()
			*[]*string{&r.Name, &r.File, &r.Company}[i] = bad
			if err := r.WriteObject(new(bytes.Buffer)); !errors.Is(err, windows.ErrResources) {
				t.Errorf("field %d = %q: got %v, want %v", i, bad, err, windows.ErrResources)
			}
		}
	}
}
