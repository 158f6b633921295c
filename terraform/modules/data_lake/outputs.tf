output "lake" {
  description = "The lake's bucket with all of its protections, and the key that encrypts it."
  value       = merge(module.lake.bucket, { key_arn = var.key_arn })

  # `-target` follows references: `make deploy` has a place before anything starts.
  depends_on = [module.artifacts]
}

output "artifacts" {
  description = "The bucket for DAGs and the project's files, and its key."
  value       = merge(module.artifacts.bucket, { key_arn = var.key_arn })
}
