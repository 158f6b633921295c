# `-target` follows references, and a reference to this output brings all of these along.
output "bucket" {
  description = "Name and ARN."
  value       = { name = var.name, arn = local.arn }

  depends_on = [terraform_data.kept] # which depends on all protections
}
