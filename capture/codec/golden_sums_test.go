package codec

// What the golden streams lead to (FNV-1a of the colours, row by row).
const (
	goldenTyping = 0x9ed1bd61736117d5
	goldenScroll = 0x14157c108ef5adbd
	goldenDrag   = 0xc964d94bccb0be1f
)
