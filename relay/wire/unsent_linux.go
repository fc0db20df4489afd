package wire

// notSentLowWater is TCP_NOTSENT_LOWAT of tcp(7).
const notSentLowWater = 25
