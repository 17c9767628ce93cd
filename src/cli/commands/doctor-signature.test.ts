import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aPatient } from "../../../test/support/program/patient.ts";
import { addSecret } from "../../config/secrets/secrets.ts";
import { sign } from "../../event/signature.ts";

const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const body = '{"name":"message.sent"}';

describe("doctor signature", () => {
  test("finds a match", async () => {
    await using patient = await aPatient();
    await writeFile(join(patient.path, "body.json"), body);
    const argv = ["signature", "--body", "body.json", "--signature", sign(body, secret), "--secret", secret];

    const { code, stdout } = await patient.doctor(argv);

    expect([code, stdout]).toEqual([0, expect.stringContaining("✓ The signature matches.")]);
    expect(stdout).not.toContain(secret);
  });

  test("names the cause, also without the word, from standard input and with the secret of the folder", async () => {
    await using patient = await aPatient();
    await addSecret(patient.data, { name: "default", value: secret });
    const argv = ["--body", "-", "--signature", `sha1=${sign(body, secret)}`];

    const { code, stdout } = await patient.doctor(argv, { stdin: Buffer.from(body) });
    const json = await patient.doctor([...argv, "--json"], { stdin: Buffer.from(body) });

    expect([code, stdout]).toEqual([1, expect.stringContaining("✗ The signature does not match.")]);
    expect(stdout).toContain("sha1=");
    expect(JSON.parse(json.stdout)).toMatchObject({
      matches: false,
      secret: "default",
      findings: [{ kind: "prefix" }],
    });
  });

  test("notices that another secret was used than the given one", async () => {
    await using patient = await aPatient();
    await addSecret(patient.data, { name: "default", value: secret });
    const argv = ["signature", "--body", "-", "--signature", sign(body, secret), "--secret", "not this one"];

    const { code, stdout } = await patient.doctor([...argv, "--secret", "nor this"], {
      stdin: Buffer.from(body),
    });

    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('"default", which is active here, not with one that was given to try.'),
    ]);
  });

  test("tells that a secret of the folder is not active whose name another has", async () => {
    await using patient = await aPatient();
    await addSecret(patient.data, { name: "default", value: secret });
    const argv = ["signature", "--body", "-", "--signature", sign(body, secret)];
    const env = { HOOKWELL_SECRET: "b3c1f6de-1d0f-4a63-a1f4-6d0f8f5a3c11" };

    const { code, stdout } = await patient.doctor(argv, { stdin: Buffer.from(body), env });

    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('"default of the data folder", which is not active here'),
    ]);
  });

  test("explains a request in the quarantine", async () => {
    await using patient = await aPatient();
    await addSecret(patient.data, { name: "default", value: secret });
    patient.api.parts.quarantine.keep("42", Buffer.from(body));

    const unsigned = await patient.doctor(["signature", "--quarantine", "42"]);
    const gone = await patient.doctor(["signature", "--quarantine", "1"]);

    expect([unsigned.code, unsigned.stdout]).toEqual([1, expect.stringContaining("There is no signature.")]);
    expect([gone.code, gone.stderr]).toEqual([
      1,
      expect.stringContaining("No request in the quarantine has the id 1"),
    ]);
  });

  test.for([
    [["signature"], 2, "Say --body FILE and --signature TEXT, or --quarantine ID for both."],
    [["signature", "--signature", "x"], 2, "Say --body FILE too, or --quarantine ID for both."],
    [["--body", "x.json"], 2, "Say --signature TEXT too"],
    [
      ["--quarantine", "42", "--body", "x.json"],
      2,
      "--quarantine and --body exclude each other: choose one.",
    ],
    [["signature", "--body", "gone.json", "--signature", "00"], 1, "gone.json cannot be read"],
  ] as const)("%j is one sentence", async ([argv, code, sentence]) => {
    await using patient = await aPatient();

    const finished = await patient.doctor(argv);

    expect([finished.code, finished.stderr]).toEqual([code, expect.stringContaining(sentence)]);
  });
});
