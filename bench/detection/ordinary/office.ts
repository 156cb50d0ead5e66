import { DAY_MS, HOUR_MS, START_MS, workload, type Company, type Person } from "../company/company.ts";
import { randomOf, type Random } from "../company/random.ts";
import { answer, question } from "../company/words.ts";
import { exchange, type Found } from "../payloads/gateway.ts";
import { entraSignIn, oktaEvent, oktaSignIn } from "../payloads/identity.ts";
import type { Signal } from "../payloads/signal.ts";

/** What detectors find in the ordinary work of people: mostly their own customers' data, now and then nothing at all. */
const findings = (random: Random): readonly Found[] => {
  const draw = random.next();
  if (draw < 0.03)
    return [
      {
        category: "personal_data",
        type: random.pick(["EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN"]),
        confidence: 0.85,
        severity: "low",
        action: "redact",
      },
    ];
  if (draw < 0.035) return [{ category: "internal_name", type: "host", confidence: 0.7, severity: "low" }];
  if (draw < 0.037)
    return [{ category: "secret", type: "generic-key", confidence: 0.55, severity: "medium", action: "redact" }];
  // Somebody asks about injections, or pastes a strange mail.
  if (draw < 0.0395)
    return [
      { category: "prompt_injection", type: "instruction", confidence: random.between(0.36, 0.6), severity: "low" },
    ];
  if (draw < 0.0398)
    return [{ category: "jailbreak", type: "role-play", confidence: 0.55, severity: "medium", action: "observe" }];
  if (draw < 0.05)
    return [
      { category: "refusal", type: "refusal", confidence: 0.9, severity: "informational", direction: "response" },
    ];
  return [];
};

export const gatewayOf = ({ mail, address }: Pick<Person, "mail" | "address">) => ({
  principal: `user:${mail}`,
  user: mail,
  address,
});

/** One working day of a person: signing in, asking, being away. */
const personsDay = (person: Person, day: number, company: Company): Signal[] => {
  const random = randomOf(`${company.seed} ${person.name} ${String(day)}`);
  const dayMs = START_MS + day * DAY_MS - person.office.offsetHours * HOUR_MS;
  const isWorking = workload(person.office, dayMs + 10 * HOUR_MS) > 0.1;
  if (!isWorking && !random.chance(0.04)) return [];
  if (isWorking && random.chance(0.08)) return [];
  const signals: Signal[] = [];
  const isHome = random.chance(0.3);
  const address = isHome ? person.home : person.address;
  const sign = (atMs: number, ok: boolean): Signal => {
    const one = {
      mail: person.mail,
      address,
      country: person.office.country,
      countryName: person.office.countryName,
      ok,
    };
    return random.chance(0.6) ? oktaSignIn(atMs, random, one) : entraSignIn(atMs, random, one);
  };
  const arriveMs = dayMs + random.between(7.6, 9.4) * HOUR_MS;
  let atMs = arriveMs;
  while (random.chance(0.06)) {
    signals.push(sign(atMs, false));
    atMs += random.between(8_000, 40_000);
  }
  signals.push(sign(atMs, true));
  if (random.chance(0.5)) signals.push(sign(dayMs + random.between(12.5, 16) * HOUR_MS, true));
  if (random.chance(0.02))
    signals.push(
      oktaEvent(atMs + 60_000, random, {
        type: "user.mfa.factor.activate",
        mail: person.mail,
        address,
        countryName: person.office.countryName,
      }),
    );
  const asked = random.count(person.zeal * (isWorking ? 5 : 1.5));
  let session = random.hex(10);
  for (let one = 0; one < asked; one += 1) {
    const askedMs = Math.max(
      arriveMs + 600_000,
      dayMs + random.pick([8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16, 17]) * HOUR_MS + random.next() * HOUR_MS,
    );
    if (random.chance(0.4)) session = random.hex(10);
    const found = findings(random);
    const isFailed = random.chance(0.006);
    signals.push(
      ...exchange(askedMs, random, {
        ...gatewayOf({ mail: person.mail, address }),
        key: "key-chat",
        route: "assistant",
        model: random.chance(0.8) ? "gpt-4o" : "claude-sonnet-4",
        session: `chat-${session}`,
        prompt: question(random),
        answer: answer(random),
        found,
        ...(isFailed && { state: "upstream_error" as const, status: 502 }),
      }),
    );
  }
  return signals;
};

export const officeDay = (company: Company, day: number): Signal[] =>
  company.people.flatMap((person) => personsDay(person, day, company));
