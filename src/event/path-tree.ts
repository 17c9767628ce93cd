/** One key on the way to a value that is asked for. */
export interface PathNode {
  /** Its number among all nodes of the tree; -1 for the root. */
  readonly index: number;
  /** Its key in UTF-8. */
  readonly key: Uint8Array;
  /** The nodes below it, by the length of their keys. */
  readonly below: (readonly PathNode[] | undefined)[];
}

/** The tree of some paths. */
export interface PathTree {
  readonly root: PathNode;
  /** How many nodes there are below the root. */
  readonly size: number;
  readonly byPath: ReadonlyMap<string, PathNode>;
}

/** @param paths keys with dots between them, such as `payload.id` */
export function pathTree(paths: Iterable<string>): PathTree {
  const root: PathNode = { index: -1, key: new Uint8Array(), below: [] };
  const byPath = new Map<string, PathNode>();
  let size = 0;
  for (const path of paths) {
    let node = root;
    for (const text of path.split(".")) {
      const key = Buffer.from(text);
      const known = memberOf(node, key, 0, key.length);
      const next = known ?? { index: size, key, below: [] };
      if (known === undefined) {
        size += 1;
        node.below[key.length] = [...(node.below[key.length] ?? []), next];
      }
      node = next;
    }
    byPath.set(path, node);
  }
  return { root, size, byPath };
}

/** The node below `node` for the key that stands in `bytes`. */
export function memberOf(node: PathNode, bytes: Uint8Array, from: number, to: number): PathNode | undefined {
  const candidates = node.below[to - from];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates) if (standsAt(candidate.key, bytes, from)) return candidate;
  return undefined;
}

function standsAt(key: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < key.length; index += 1) if (key[index] !== bytes[at + index]) return false;
  return true;
}

/** The value at a path in what `JSON.parse` made; own properties only. */
export function valueAt(json: unknown, path: string): unknown {
  let value = json;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
