variable "name" {
  description = "Name of the key's alias, without `alias/`."
  type        = string
}

variable "description" {
  description = "What the key encrypts."
  type        = string
}

variable "account" {
  description = "The account that owns the key."
  type        = object({ id = string, partition = string, region = string })
}

variable "services" {
  description = "Services that encrypt with it for this account, such as `logs.us-east-1.amazonaws.com`."
  type        = list(string)
  default     = []
}
