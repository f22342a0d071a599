# What the generated expressions refer to.
variable "s" {
  type    = string
  default = "hello"
}
variable "n" {
  type    = number
  default = 5
}
variable "b" {
  type    = bool
  default = true
}
variable "null_string" {
  type    = string
  default = null
}
variable "list" {
  type    = list(string)
  default = ["a", "b", "c"]
}
variable "numbers" {
  type    = list(number)
  default = [3, 1, 2]
}
variable "empty" {
  type    = list(string)
  default = []
}
variable "set" {
  type    = set(string)
  default = ["b", "a", "c", "a"]
}
variable "map" {
  type    = map(string)
  default = { b = "2", a = "1", "c d" = "3" }
}
variable "object" {
  type = object({
    name = string
    size = optional(number, 3)
    tags = optional(map(string), {})
    list = optional(list(string))
  })
  default = { name = "x", tags = { k = "v" } }
}
variable "objects" {
  type    = map(object({ id = string, port = optional(number, 80) }))
  default = { web = { id = "one" }, api = { id = "two", port = "8080" } }
}
variable "any" {
  default = { name = "x", list = [1, "two", true, null], deep = { a = { b = ["*"] } } }
}
variable "secret" {
  type      = string
  default   = "s3cr3t"
  sensitive = true
}
variable "secrets" {
  type      = map(string)
  default   = { k = "v" }
  sensitive = true
}
locals {
  account = "123456789012"
  tuple   = ["p", 2, false]
  nested  = [[1, 2], [], [3]]
  text    = "one\ntwo\n"
}
resource "terraform_data" "u" {
  input = "later"
}
resource "terraform_data" "n" {
  input = 42
}
resource "terraform_data" "l" {
  input = ["p", "q"]
}
resource "terraform_data" "o" {
  input = { a = "x", b = 1 }
}
