"""Keys known not to change KV, FLOPs or parameters: positions, dropout, initialisation, token ids, generation."""

import re

PATTERN = re.compile(
    r"(^|_)rope_(theta|scaling|parameters|interleave|type|local_base_freq|reorder)$|"
    r"dropout(_prob|_rate)?$|_pdrop$|_token_ids?$|_token_index$|aux_loss|z_loss|_loss_coef$|_loss_fn$|"
    r"^(encoder_)?no_repeat_ngram_size$|(^|_)(rms|layer)_?norm_eps(ilon)?$|^norm_eps$|softcapping$|"
    r"^(layernorm|rms_norm)_.*(alpha|beta)$|^(fuse|use_recompute|recompute)_|time_step_(min|max|floor|limit|scale)$"
)

NAMES = frozenset(
    """
    architectures model_type auto_map transformers_version use_cache initializer_range initializer_factor
    init_method_std hidden_act hidden_activation activation activation_function mlp_hidden_act mamba_hidden_act
    max_position_embeddings original_max_position_embeddings max_sequence_length max_seq_len model_max_length
    initial_context_length seq_length n_positions n_ctx partial_rotary_factor rotary_dim rotary_pct rope_theta
    pretraining_tp ep_size seq_aux scoring_func topk_method norm_topk_prob routed_scaling_factor router_jitter_noise
    output_router_logits input_jitter_noise moe_router_activation_func moe_renormalize moe_router_activation
    moe_router_scaling_factor norm_expert_weight moe_gate moe_gate_scale moe_gate_detach moe_capacity
    moe_group_experts use_ep_comm_overlap using_precision_check use_rmsnorm attention_value_scale
    query_pre_attn_scalar cache_implementation _attn_implementation attn_implementation mm_tokens_per_image
    attention_multiplier embedding_multiplier residual_multiplier logits_scaling logit_scale swiglu_limit swiglu_alpha
    rescale_prenorm_residual residual_in_fp32 num_logits_to_keep use_mamba_kernels chunk_size mamba_chunk_size
    _name_or_path _reconstructed_fields problem_type return_dict return_dict_in_generate output_attentions
    output_hidden_states output_scores id2label label2id num_labels chunk_size_feed_forward finetuning_task
    tokenizer_class task_specific_params torchscript use_bfloat16 prefix bad_words_ids begin_suppress_tokens
    suppress_tokens do_sample early_stopping temperature top_k top_p typical_p repetition_penalty length_penalty
    diversity_penalty num_beams num_beam_groups num_return_sequences max_length min_length
    exponential_decay_length_penalty remove_invalid_values tf_legacy_loss attn_temperature_tuning floor_scale
    attn_scale postnorm shared_moe_mode truncate use_parallel_residual cross_attention_hidden_size is_decoder
    tie_encoder_decoder unsloth_version _commit_hash unk_token_id alibi indexer_rope_interleave
    att_impl_type hc_eps hc_sinkhorn_iters use_bidirectional_attention use_gemma_norm mla_use_nope no_rope_layer_interval
    use_flash_attn use_dynamic_ntk use_logn_attn router_bias_update_speed is_causal
    """.split()
)


def is_irrelevant(key: str) -> bool:
    """Whether the key changes no number of the cost model."""
    return key in NAMES or PATTERN.search(key) is not None
