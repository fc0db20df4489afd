package darwin

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
	"howett.net/plist"

	"lotse/packaging/profile"
)

// Identifier is what macOS calls the program: by it and by the team it knows a
// later version as the same one, with what a person allowed.
func Identifier(p *profile.Profile) string { return "lotse." + p.Edition.String() + "." + p.ID }

// infoPlist says what the program is. The version is the program's; the
// oldest macOS is what both slices need.
func infoPlist(p *profile.Profile, version string, minimum uint32) ([]byte, error) {
	language := p.Language
	if language == "" {
		language = "en"
	}
	info := map[string]any{
		"CFBundleDevelopmentRegion":     language,
		"CFBundleDisplayName":           p.AppName,
		"CFBundleExecutable":            p.ID,
		"CFBundleIconFile":              iconName,
		"CFBundleIdentifier":            Identifier(p),
		"CFBundleInfoDictionaryVersion": "6.0",
		"CFBundleLocalizations":         languages(),
		"CFBundleName":                  p.AppName,
		"CFBundlePackageType":           "APPL",
		"CFBundleShortVersionString":    version,
		"CFBundleSupportedPlatforms":    []string{"MacOSX"},
		"CFBundleVersion":               version,
		"LSApplicationCategoryType":     "public.app-category.utilities",
		"LSMinimumSystemVersion":        fmt.Sprintf("%d.%d", minimum>>16, minimum>>8&0xff),
		"NSHighResolutionCapable":       true,
		"NSHumanReadableCopyright":      p.Organisation,
	}
	for key, sentence := range usage(p, language) {
		info[key] = sentence
	}
	return encodePlist(info)
}

// stringsPlist are the texts that Finder and the system's questions show in a
// language.
func stringsPlist(p *profile.Profile, language string) ([]byte, error) {
	texts := usage(p, language)
	texts["CFBundleDisplayName"] = p.AppName
	texts["CFBundleName"] = p.AppName
	texts["NSHumanReadableCopyright"] = p.Organisation
	return encodePlist(texts)
}

func languages() []string { return []string{"de", "en"} }

// usage says why the program wants what macOS asks a person for. Screen
// recording and the local network are all that it has a text for: the question
// about keyboard and pointer (Accessibility) shows macOS' own. No program of
// ours opens a microphone or a camera; without a text and an entitlement macOS
// ends one that tries.
func usage(p *profile.Profile, language string) map[string]string {
	german := language == "de"
	pick := func(de, en string) string {
		if german {
			return de
		}
		return en
	}
	out := make(map[string]string)
	if p.Edition == profile.ParticipantEdition {
		out["NSScreenCaptureUsageDescription"] = pick(
			"Damit die Person, die Ihnen hilft, Ihren Bildschirm sehen kann. Sie werden jedes Mal vorher gefragt und können es jederzeit beenden.",
			"So that the person who helps you can see your screen. You are asked each time before, and can end it at any time.",
		)
	}
	if p.LAN || p.Edition == profile.MasterEdition {
		out["NSLocalNetworkUsageDescription"] = pick(
			"Damit eine Sitzung im selben Netz ohne Server möglich ist.",
			"So that a session in the same network is possible without a server.",
		)
	}
	return out
}

// entitlements are the rights that a program asks the system for beyond those
// of every program. Ours asks for none, and says that no other program may look
// into its memory.
func entitlements() []entitlement {
	return []entitlement{{"com.apple.security.get-task-allow", false}}
}

type entitlement struct {
	key   string
	value bool
}

// entitlementsXML is how codesign writes them.
func entitlementsXML() []byte {
	var out strings.Builder
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
`)
	for _, e := range entitlements() {
		fmt.Fprintf(&out, "\t<key>%s</key>\n\t<%t/>\n", e.key, e.value)
	}
	out.WriteString("</dict>\n</plist>\n")
	return []byte(out.String())
}

// entitlementsDER is the form that macOS itself reads since version 12.
func entitlementsDER() []byte { return encodeEntitlements(entitlements()) }

// encodeEntitlements writes version 1 and a list of names and values, which is
// sorted by name.
func encodeEntitlements(list []entitlement) []byte {
	const whole, names = asn1.Tag(0x40 | 0x20 | 16), asn1.Tag(0x80 | 0x20 | 16)
	var b cryptobyte.Builder
	b.AddASN1(whole, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(names, func(b *cryptobyte.Builder) {
			for _, e := range list {
				b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1(asn1.UTF8String, func(b *cryptobyte.Builder) { b.AddBytes([]byte(e.key)) })
					b.AddASN1Boolean(e.value)
				})
			}
		})
	})
	return b.BytesOrPanic() // nothing in it depends on anybody
}

// encodePlist writes a property list as XML; the keys are sorted, so that the
// same values give the same bytes.
func encodePlist(v any) ([]byte, error) {
	b, err := plist.MarshalIndent(v, plist.XMLFormat, "\t")
	if err != nil {
		return nil, fmt.Errorf("darwin: property list: %w", err)
	}
	return append(b, '\n'), nil
}
