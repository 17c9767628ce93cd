interface Closable {
  close(): Promise<void>;
}

interface DriverHarness<Args extends readonly unknown[], Driver> {
  readonly open: (...args: Args) => Promise<Driver>;
  readonly dispose: () => Promise<void>;
}

/**
 * Opens drivers over one storage. At the end it closes those that a test has left open, and then removes the storage,
 * even if a driver cannot be closed, since others use the same server; that error is thrown then.
 *
 * @param remove removes the storage
 */
export function driverHarness<Args extends readonly unknown[], Driver extends Closable>(
  open: (...args: Args) => Driver | Promise<Driver>,
  remove: () => PromiseLike<void> = () => Promise.resolve(),
): DriverHarness<Args, Driver> {
  const opened: Driver[] = [];
  return {
    open: async (...args) => {
      const driver = await open(...args);
      opened.push(driver);
      return driver;
    },
    dispose: async () => {
      const closed = await Promise.allSettled(opened.map((driver) => driver.close()));
      const removed = await Promise.allSettled([remove()]);
      for (const end of [...closed, ...removed]) if (end.status === "rejected") throw end.reason;
    },
  };
}
