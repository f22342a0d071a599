variable "region" {
  description = "The region of the registry"
  type        = string
  default     = "eu-central-1"
}

variable "account" {
  type = string
}

variable "environment" {
  type    = string
  default = "dev"

  validation {
    condition     = contains(["dev", "test", "prod"], var.environment)
    error_message = "The environment is one of dev, test and prod."
  }
}

variable "accounts" {
  description = "Ids of the accounts that may pull"
  type        = list(string)
  default = [
    "111111111111",
    "222222222222",
  ]
}

variable "prefix" {
  type     = string
  default  = "example"
  nullable = false
}

variable "mutability" {
  type    = string
  default = "IMMUTABLE"
}

variable "services" {
  type = map(object({
    cpu     = optional(number, 256)
    memory  = optional(number, 512)
    command = optional(list(string), [])
    env     = optional(map(string), {})
  }))
  default = {}
}

variable "rules" {
  type = list(object({
    port = number
    cidr = string
  }))

  default = [
    {
      port = 443
      cidr = "10.0.0.0/8"
    },
    { port = 80, cidr = "10.1.0.0/16" },
  ]
}
