export { apply, type ApplyAnswer, type ApplyRequest } from "./apply.ts";
export type { EditAnswer } from "./edit-file.ts";
export { plan, type PlanAnswer, type PlanRequest } from "./plan.ts";
export { promote, type PromoteRequest } from "./promote.ts";
export { register, type RegisterRequest } from "./register.ts";
export { retire, type RetireRequest } from "./retire.ts";
export { rollback, type RollbackRequest } from "./rollback.ts";
export { verifyBundle, type ExpectedSigner } from "./verify-bundle.ts";
export { validate, type ValidateAnswer, type ValidateRequest } from "./validate.ts";
