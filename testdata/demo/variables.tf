variable "tag_mutability" {
  description = "Whether a tag can be pushed again."
  type        = string
  default     = "MUTABLE"
}
