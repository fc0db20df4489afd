package handshake

import "testing"

// BenchmarkHandshake is E1 to E4, both sides in one thread. The messages make
// two round trips.
func BenchmarkHandshake(b *testing.B) {
	b.ReportAllocs()
	sum := 0
	for b.Loop() {
		o := run(participantConfig(), masterConfig(), honest)
		if o.pErr != nil || o.mErr != nil {
			b.Fatal(o.pErr, o.mErr)
		}
		sum = 0
		for _, m := range o.msgs {
			sum += len(m)
		}
	}
	b.ReportMetric(float64(sum), "wire-bytes/op")
	b.ReportMetric(2, "round-trips/op")
}

// BenchmarkResume is R1 to R3, both sides in one thread.
func BenchmarkResume(b *testing.B) {
	b.ReportAllocs()
	sum := 0
	for b.Loop() {
		o := resume(resumeConfig(), resumeConfig(), honest)
		if o.pErr != nil || o.mErr != nil {
			b.Fatal(o.pErr, o.mErr)
		}
		sum = 0
		for _, m := range o.msgs {
			sum += len(m)
		}
	}
	b.ReportMetric(float64(sum), "wire-bytes/op")
	b.ReportMetric(1.5, "round-trips/op")
}
