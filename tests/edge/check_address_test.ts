/** Messages go to public addresses only, unless private ones are allowed. */
import { assert, assertEquals } from "@std/assert";
import { createContext } from "../../edge/create_context.ts";
import { type AddressProblem, checkAddress } from "../../edge/check_address.ts";
import type { EdgeOptions } from "../../edge/options.ts";
import { memoryStore } from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";

const PUBLIC = "93.184.216.34";

async function check(url: string, options: Partial<EdgeOptions> = {}): Promise<AddressProblem | undefined> {
  const context = createContext({
    hooks: {},
    baseUrl: "https://edge.example",
    store: memoryStore(),
    linkSecrets: ["x".repeat(32)],
    resolveAddresses: () => Promise.resolve([PUBLIC]),
    ...options,
  });
  const problem = await checkAddress(context, new URL(url), AbortSignal.timeout(10_000));
  const { hostname } = new URL(url);
  assert(!(problem?.cause ?? "").includes(hostname), "an address in a cause");
  return problem;
}

Deno.test("checkAddress() lets through what is public, at any port", async () => {
  const urls = [
    "https://receiver.example/hook",
    "https://receiver.example:8443/hook",
    "https://receiver.example./hook",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]:8443/",
  ];
  for (const url of urls) assertEquals(await check(url), undefined, url);
});

Deno.test("checkAddress() refuses for good what is not public as it is written", async (t) => {
  const urls = [
    "http://receiver.example/",
    "ftp://receiver.example/",
    "https://user:password@receiver.example/",
    "https://receiver.example@127.0.0.1/",
    "https://user@receiver.example/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://0x7f.1/",
    "https://0x7f000001./",
    "https://017700000001/",
    "https://2130706433/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://0/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::1]:8443/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST:8443/",
    "https://sub.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://router.home.arpa/",
    "https://intranet/",
    "https://intranet./",
  ];
  for (const url of urls) {
    await t.step(url, async () => {
      let isAsked = false;
      const resolveAddresses = () => {
        isAsked = true;
        return Promise.resolve([PUBLIC]);
      };
      assertEquals((await check(url, { resolveAddresses }))?.isFinal, true);
      assertEquals(isAsked, false);
    });
  }
  await t.step("zones, which no URL has", () => {
    for (const url of ["https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/"]) assert(!URL.canParse(url));
  });
});

Deno.test("checkAddress() refuses a name with any address that is not public, for now", async () => {
  const answers: (readonly string[])[] = [
    [PUBLIC, "10.0.0.1"],
    ["10.0.0.1", PUBLIC],
    [PUBLIC, "::1"],
    ["::ffff:93.184.216.34"],
    ["fe80::1%eth0"],
    ["receiver.example"],
    [""],
    [],
    [null as unknown as string],
    "93.184.216.34" as unknown as string[],
  ];
  for (const addresses of answers) {
    const problem = await check("https://receiver.example/", {
      resolveAddresses: () => Promise.resolve(addresses),
    });
    assertEquals(problem?.isFinal, false, JSON.stringify(addresses));
  }
});

Deno.test("checkAddress() asks for the name as it stands, without the dot at its end", async () => {
  const asked: string[] = [];
  const resolveAddresses = (hostname: string) => {
    asked.push(hostname);
    return Promise.resolve([PUBLIC]);
  };
  for (const url of ["https://Receiver.Example.:8443/", "https://bücher.example/"]) {
    await check(url, { resolveAddresses });
  }
  assertEquals(asked, ["receiver.example", "xn--bcher-kva.example"]);
});

Deno.test("checkAddress() says for now that a name is not resolved, and waits for 5 seconds", async () => {
  const failed = await check("https://receiver.example/", {
    resolveAddresses: () => Promise.reject(new Error("NXDOMAIN receiver.example")),
  });
  assertEquals(failed, { cause: "the host's name was not resolved", isFinal: false });
  const thrown = await check("https://receiver.example/", {
    resolveAddresses: () => {
      throw new Error("no such thing");
    },
  });
  assertEquals(thrown, failed);

  const clock = new ManualClock();
  const startMs = clock.nowMs();
  let ended: AbortSignal | undefined;
  const slow = check("https://receiver.example/", {
    clock,
    resolveAddresses: (_, { signal }) => {
      ended = signal;
      return new Promise(() => {});
    },
  });
  assertEquals(await clock.runUntil(slow), failed);
  assertEquals(clock.nowMs() - startMs, 5_000);
  assertEquals(ended?.aborted, true);
  assertEquals(clock.sleeping, 0);
});

Deno.test("checkAddress() lets anything of HTTP through where private addresses are allowed", async () => {
  const allowed = { allowPrivateAddresses: true };
  for (const url of ["http://127.0.0.1:8080/", "https://localhost/", "https://10.0.0.1/"]) {
    assertEquals(await check(url, allowed), undefined);
  }
  assertEquals((await check("ftp://127.0.0.1/", allowed))?.isFinal, true);
  assertEquals((await check("http://user@127.0.0.1/", allowed))?.isFinal, true);
});
