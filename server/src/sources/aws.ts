/** `arn:aws:sts::123456789012:assumed-role/<role>/<session>`. */
const SESSION = /^arn:([^:]+):sts::(\d*):assumed-role\/([^/]+)\/(.+)$/;
const USER = /^arn:[^:]+:iam::\d*:user\/(?:.+\/)?([^/]+)$/;

/**
 * Who an ARN stands for, named alike in every log of AWS: a session is its role, a session of IAM Identity Center the
 * person that its name says, a user the user's name.
 */
export const principalOfArn = (arn: string): string => {
  const [, partition, account, role, session] = SESSION.exec(arn) ?? [];
  if (role !== undefined && session !== undefined)
    return role.startsWith("AWSReservedSSO_")
      ? `user:${session}`
      : `service:arn:${partition}:iam::${account}:role/${role}`;
  const user = USER.exec(arn)?.[1];
  return user === undefined ? `service:${arn}` : `user:${user}`;
};
