/** The server, or a pooler in front of it, lacks what we need, and waiting will not help. */
export class UnfitError extends Error {}
