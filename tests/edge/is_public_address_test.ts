/** Each range of addresses that is not public is refused, in every way to write it. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { isPublicAddress } from "../../edge/is_public_address.ts";

/** The first and the last address of each range, and what is before and behind it where that is public. */
const RANGES: readonly [
  name: string,
  first: string,
  last: string,
  before?: string | undefined,
  behind?: string,
][] = [
  ["this network", "0.0.0.0", "0.255.255.255", undefined, "1.0.0.0"],
  ["private, 10/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["shared, of a carrier's NAT", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["loopback", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["Azure's own agent", "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"],
  ["link-local", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["private, 172.16/12", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["protocol assignments", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["documentation, 1", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["relays of 6to4", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["private, 192.168/16", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["benchmarks", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["documentation, 2", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["documentation, 3", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["multicast and reserved", "224.0.0.0", "255.255.255.255", "223.255.255.255"],
  ["unspecified to loopback, v6", "::", "::1"],
  ["v4-compatible", "::2", "::ffff:ffff"],
  ["v4-mapped", "::ffff:0:0", "::ffff:ffff:ffff"],
  ["v4-translated", "::ffff:0:0:0", "::ffff:0:ffff:ffff"],
  ["NAT64 of a network's own", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
  ["discard", "100::", "100::ffff:ffff:ffff:ffff"],
  ["what is not given out yet", "200::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", undefined, "2000::"],
  ["protocol assignments, v6", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", undefined, "2001:200::"],
  ["Teredo", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["ORCHID", "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"],
  [
    "documentation, v6",
    "2001:db8::",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db9::",
  ],
  [
    "6to4",
    "2002::",
    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2003::",
  ],
  [
    "documentation, v6, 2",
    "3fff::",
    "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "3fff:1000::",
  ],
  ["what is not given out yet, above", "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::"],
  ["unique-local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["link-local, v6", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["multicast, v6", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
];

Deno.test("isPublicAddress() refuses each range that is not public, from its first to its last address", async (t) => {
  for (const [name, first, last, before, behind] of RANGES) {
    await t.step(name, () => {
      assertEquals([first, last].map(isPublicAddress), [false, false]);
      for (const next of [before, behind]) {
        if (next !== undefined) assertEquals(isPublicAddress(next), true, next);
      }
    });
  }
});

Deno.test("isPublicAddress() takes an address of NAT64 for what it stands for", () => {
  for (
    const [first, last] of RANGES.filter(([, address]) => address.includes(".")).map(([, ...range]) => range)
  ) {
    assertEquals([first, last].map((address) => isPublicAddress(`64:ff9b::${address}`)), [false, false]);
  }
  assertEquals(isPublicAddress("64:ff9b::8.8.8.8"), true);
  assertEquals(isPublicAddress("64:ff9b::808:808"), true);
  assertEquals(isPublicAddress("64:ff9b:0:0:0:1:8.8.8.8"), false);
});

Deno.test("isPublicAddress() refuses what is no address as a resolver writes it", () => {
  const none = [
    "",
    "8.8.8",
    "8.8.8.8.",
    "8.8.8.08",
    "0x8.8.8.8",
    "8.8.8.256",
    "134744072",
    " 8.8.8.8",
    "8.8.8.8\n",
    "2606:4700::1%eth0",
    "[2606:4700::1]",
    "2606:4700::1]:80/[",
    "2606:4700:::1",
    "2606:4700::12345",
    "2606:4700::1::2",
    "1:2:3:4:5:6:7:8:9",
    "example.com",
    "::ffff:8.8.8.8",
  ];
  for (const address of none) assertEquals(isPublicAddress(address), false, address);
});

Deno.test("isPublicAddress() knows an address of v6 in each way in which it may be written", () => {
  const writings = [
    "2606:4700:0:0:0:0:0:1",
    "2606:4700::1",
    "2606:4700::0:1",
    "2606:4700::0.0.0.1",
    "2606:4700:0000::0001",
  ];
  for (const address of writings) assertEquals(isPublicAddress(address), true, address);
  for (const address of ["FD00::1", "fd00:0000::0001", "fd00::127.0.0.1"]) {
    assertEquals(isPublicAddress(address), false, address);
  }
});

Deno.test("isPublicAddress() never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (address) => {
    assertEquals(typeof isPublicAddress(address), "boolean");
  }));
});
