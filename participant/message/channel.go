package message

import "lotse/crypto/epoch"

// Travels reports whether a message of kind k may arrive on stream s. Input
// and consent come over the pair alone, where nobody but the other end can
// speak; whoever receives records asks before it acts on one.
func (k Kind) Travels(s epoch.Stream) bool {
	switch k {
	case KindWelcome, KindReady, KindBye, KindStandby, KindAsk, KindWithdraw, KindStatus, KindGiveBack, KindPing, KindPong,
		KindClip, KindClipPicture, KindClipTaken, KindClipDrop, KindDirect, KindCandidate:
		return s == epoch.PairControl
	case KindLetter, KindKey, KindText, KindMove, KindButton, KindWheel, KindRelease, KindMark, KindWipe, KindLocks:
		return s == epoch.PairInput
	case KindSharing, KindRefresh, KindAck, KindWish, KindLook, KindScreens, KindPace:
		return s == epoch.Control
	case KindClipPiece:
		return s == epoch.Clipboard
	case KindUpdate:
		return s == epoch.Screen
	case KindCursor:
		return s == epoch.Cursor
	default:
		return false
	}
}
