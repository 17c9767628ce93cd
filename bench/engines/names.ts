/** What the queue, stream, topic or schema of a bare client or a peer is called. */
export const benchName = "bench";
