output "family" {
  description = "Name of the task definition: starting it takes the newest revision."
  value       = aws_ecs_task_definition.this.family
}
