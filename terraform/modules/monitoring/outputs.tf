output "topic_arn" {
  description = "Topic of all alerts."
  value       = aws_sns_topic.this.arn
  depends_on  = [aws_sns_topic_policy.this]
}
