variable "family" {
  description = "Name of the task definition."
  type        = string
}

variable "stream_prefix" {
  description = "Beginning of the names of its log streams."
  type        = string
}

variable "region" {
  description = "Region of the log group."
  type        = string
}

variable "runtime" {
  description = "Output of module `runtime`."
  type = object({
    image          = string
    log_group      = string
    execution_role = object({ name = string, arn = string })
  })
}

variable "role_arn" {
  description = "What the task may do."
  type        = string
}

variable "command" {
  description = "Arguments of `meltano`."
  type        = list(string)
}

variable "environment" {
  description = "Variables of the task, names and ARNs only."
  type        = map(string)
}

variable "secrets" {
  description = "Variables by the ARN of the secret or parameter that ECS reads them from."
  type        = map(string)
  default     = {}
}

variable "cpu" {
  description = "CPU units; 1024 are one."
  type        = number
  default     = 1024
}

variable "memory" {
  description = "Memory in MB."
  type        = number
  default     = 4096
}

variable "cpu_architecture" {
  description = "What the image is built for."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture is X86_64 or ARM64."
  }
}

variable "project_folder" {
  description = "Folder of the project in the image."
  type        = string
  default     = "/project"
}
