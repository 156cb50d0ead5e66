import { z } from "zod";

// The page's content security policy forbids eval; without this zod would try it and the browser report it.
z.config({ jitless: true });
