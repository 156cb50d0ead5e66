import { includesRole, type Role } from "@parapet/model";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries.ts";

/** Whether who is signed in holds this role. It only spares offering what the server would refuse. */
export const useMay = (role: Role): boolean => {
  const { data } = useQuery(sessionQuery);
  return data !== undefined && data !== null && includesRole(data.role, role);
};
