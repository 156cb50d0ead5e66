import { expect, it } from "vitest";
import { principalOfArn } from "./aws.ts";

it.each([
  ["arn:aws:sts::123456789012:assumed-role/agent/i-0abc", "service:arn:aws:iam::123456789012:role/agent"],
  ["arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0f/ana@example.com", "user:ana@example.com"],
  ["arn:aws:iam::123456789012:user/team/dana", "user:dana"],
  ["arn:aws:iam::123456789012:role/train", "service:arn:aws:iam::123456789012:role/train"],
])("names %s as every log of AWS does", (arn, principal) => {
  expect(principalOfArn(arn)).toBe(principal);
});
