interface Closable {
  close(): Promise<void>;
}

interface DriverHarness<Args extends readonly unknown[], Driver> {
  readonly open: (...args: Args) => Promise<Driver>;
  readonly dispose: () => Promise<void>;
}

/**
 * Opens drivers over one storage, and closes those that a test has left open before that goes.
 *
 * @param remove takes the storage away
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
      await Promise.all(opened.map((driver) => driver.close()));
      await remove();
    },
  };
}
