import { expect, test } from "vitest";
import { configFolder } from "../../test/support/program/config-folder.ts";

const { load } = configFolder();

test.each(["HOOKWELL", "HOOKWELL_RECEIVE", "HOOKWELL_SECRET"])(
  "variables that Kubernetes makes of a Service whose name becomes %s are neither secrets nor slips",
  async (service) => {
    const env = {
      [`${service}_SERVICE_HOST`]: "10.0.0.1",
      [`${service}_SERVICE_PORT`]: "80",
      [`${service}_SERVICE_PORT_HTTP`]: "80",
      [`${service}_PORT`]: "tcp://10.0.0.1:80",
      [`${service}_PORT_80_TCP`]: "tcp://10.0.0.1:80",
      [`${service}_PORT_80_TCP_ADDR`]: "10.0.0.1",
    };

    const { secrets, warnings } = await load({ env });

    expect([secrets, warnings]).toEqual([[], []]);
  },
);

test.each(["service_portal", "port", "port_80_tcpx"])(
  "a secret that is only called like them is one: %s",
  async (name) => {
    const { secrets } = await load({ env: { [`HOOKWELL_SECRET_${name.toUpperCase()}`]: "x".repeat(36) } });

    expect(secrets).toMatchObject([{ name }]);
  },
);
