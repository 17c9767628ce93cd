interface ListenAddress {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number;
}

/** Where a server is reached that listens on this address, such as `http://127.0.0.1:3000`. */
export function httpOrigin({ isTls, host, port }: ListenAddress): string {
  // A URL cannot name the interface behind an address.
  const name = host.includes(":") ? `[${host.replace(/%.*/, "")}]` : host;
  return `${isTls ? "https" : "http"}://${name}:${port}`;
}
