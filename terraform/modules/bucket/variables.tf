variable "name" {
  description = "Name of the bucket, unique in all of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 characters of a-z, 0-9 and '-'."
  }
}

variable "account" {
  description = "The account that owns the bucket."
  type        = object({ id = string, partition = string, region = string })
}

variable "key_arn" {
  description = "Customer key that encrypts it. Null: S3's own key, which only access logs need."
  type        = string
  default     = null
}

variable "policy_documents" {
  description = "Further policy documents (JSON) for the bucket's policy."
  type        = list(string)
  default     = []
}

variable "access_log_bucket" {
  description = "Bucket for its access logs. Null: none are written."
  type        = string
  default     = null
}

variable "noncurrent_days" {
  description = "Days that overwritten and deleted versions are kept."
  type        = number
  default     = 30
}

variable "transitions" {
  description = "By prefix: days until objects move to a cheaper class."
  type        = map(object({ days = number, storage_class = string }))
  default     = {}
}

variable "expirations" {
  description = "By prefix: days until objects are removed."
  type        = map(number)
  default     = {}
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove it with what it holds."
  type        = bool
}
