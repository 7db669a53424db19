using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Masking;

/// <summary>
/// Predicts the pixels of hidden tokens from the encoder's tokens (He et al. 2022, section 3). Tokens are kept in the
/// order class, visible, hidden, which attention does not notice, so nothing large is scattered or gathered.
/// </summary>
internal sealed class MaskedDecoder : Module<Tensor, TokenMask, Tensor>
{
    private readonly Linear decoder_embed, decoder_pred;
    private readonly Parameter mask_token, decoder_pos_embed;
    private readonly ModuleList<TransformerBlock> decoder_blocks;
    private readonly LayerNorm decoder_norm;

    internal MaskedDecoder(MaeConfig config, FirstWeights weights)
        : base(nameof(MaskedDecoder))
    {
        var (encoder, width) = (config.Encoder, config.DecoderWidth);
        decoder_embed = Linear(encoder.Width, width);
        mask_token = Parameter(empty(1, 1, width));
        decoder_pos_embed = Parameter(SineCosinePositions.Table(width, encoder.TokensPerSide), requires_grad: false);
        decoder_blocks = new ModuleList<TransformerBlock>([.. Enumerable.Range(0, config.DecoderDepth)
            .Select(_ => new TransformerBlock(width, config.DecoderHeads, mlpRatio: 4, weights))]);
        decoder_norm = LayerNorm(width, TransformerBlock.NormEpsilon);
        decoder_pred = Linear(width, encoder.TokenSize * encoder.TokenSize * encoder.Bands);
        weights.Xavier(decoder_embed);
        weights.Token(mask_token);
        weights.Xavier(decoder_pred);
        RegisterComponents();
    }

    /// <param name="encoded">Encoder tokens, class token first, [B, 1 + K, D].</param>
    /// <param name="mask">Where they lie.</param>
    /// <returns>Pixels of hidden tokens, [B, M, P * P * C].</returns>
    public override Tensor forward(Tensor encoded, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        return Predict(Decode(Embed(encoded), mask, first: encoded.shape[1])).MoveToOuterDisposeScope();
    }

    /// <summary>Encoder tokens to the decoder's width, [B, 1 + K, D'].</summary>
    internal Tensor Embed(Tensor encoded) => MixedPrecision.Linear(encoded, decoder_embed);

    /// <summary>Normed decoder tokens in the order class, visible, hidden, from <paramref name="first"/> on.</summary>
    /// <param name="embedded">Encoder tokens at the decoder's width, [B, 1 + K, D'].</param>
    /// <param name="mask">Where they lie.</param>
    /// <param name="first">First token wanted; 1 + K for hidden ones only.</param>
    /// <returns>Tokens, [B, 1 + N - first, D'].</returns>
    internal Tensor Decode(Tensor embedded, TokenMask mask, long first)
    {
        using var scope = NewDisposeScope();
        var table = decoder_pos_embed[0];
        var seen = embedded + cat([table[..1].expand(embedded.shape[0], -1, -1), Rows(table, mask.Kept + 1)], 1);
        var unseen = table[1..] + mask_token[0];                                                // [N, D']
        var tokens = cat([seen, Rows(unseen, mask.Hidden)], 1);                                 // [B, 1 + N, D']
        for (var i = 0; i < decoder_blocks.Count; i++)
        {
            var block = decoder_blocks[i];
            var wanted = i == decoder_blocks.Count - 1 ? first : 0;
            var projected = i == 0 ? ProjectShared(block, seen, unseen, mask) : block.Project(tokens);
            tokens = block.Finish(tokens.narrow(1, wanted, tokens.shape[1] - wanted), projected, wanted);
        }

        return decoder_norm.forward(tokens).MoveToOuterDisposeScope();
    }

    /// <summary>Pixels of tokens, [B, M, D'] to [B, M, P * P * C].</summary>
    internal Tensor Predict(Tensor decoded)
    {
        using var scope = NewDisposeScope();
        return MixedPrecision.Linear(decoded, decoder_pred).to_type(decoded.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Queries, keys and values of the first block. Hidden tokens differ by their position only, so they are made once
    /// per position, not once per sample.
    /// </summary>
    private static Tensor ProjectShared(TransformerBlock block, Tensor seen, Tensor unseen, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        return cat([block.Project(seen), Rows(block.Project(unseen), mask.Hidden)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of [N, D] at indices [B, K]: [B, K, D].</summary>
    private static Tensor Rows(Tensor table, Tensor indices) =>
        table.index_select(0, indices.reshape(-1)).reshape(indices.shape[0], indices.shape[1], -1);
}
