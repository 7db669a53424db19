using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Masking;

/// <summary>
/// The decoder of He et al. 2022: all tokens attend to all. They are kept in the order class, visible, hidden, which
/// attention does not notice, so nothing large is scattered or gathered.
/// </summary>
internal sealed class SelfDecoder : MaskedDecoder
{
    private readonly Dense decoder_embed;
    private readonly ModuleList<TransformerBlock> decoder_blocks;

    internal SelfDecoder(MaeConfig config, FirstWeights weights)
        : base(nameof(SelfDecoder), config)
    {
        decoder_embed = new Dense(config.Encoder.Width, config.DecoderWidth);
        decoder_blocks = new ModuleList<TransformerBlock>([.. Enumerable.Range(0, config.DecoderDepth)
            .Select(_ => new TransformerBlock(config.DecoderWidth, config.DecoderHeads, mlpRatio: 4, weights))]);
        weights.Xavier(decoder_embed);
        Complete(weights);
    }

    /// <summary>Encoder tokens to the decoder's width, [B, 1 + K, D'].</summary>
    internal Tensor Embed(Tensor encoded) => decoder_embed.forward(encoded);

    /// <summary>Normed decoder tokens in the order class, visible, hidden, from <paramref name="first"/> on.</summary>
    /// <param name="embedded">Encoder tokens at the decoder's width, [B, 1 + K, D'].</param>
    /// <param name="mask">Where they lie.</param>
    /// <param name="first">First token wanted; 1 + K for hidden ones only.</param>
    /// <returns>Tokens, [B, 1 + N - first, D'].</returns>
    internal Tensor Decode(Tensor embedded, TokenMask mask, long first)
    {
        using var scope = NewDisposeScope();
        return decoder_norm.forward(Blocks(embedded, mask, first)).MoveToOuterDisposeScope();
    }

    private protected override Tensor DecodePredicted(Tensor encoded, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var first = encoded.shape[1] + mask.Hidden.shape[1] - mask.Predicted;
        return Blocks(Embed(encoded), mask, first).MoveToOuterDisposeScope();
    }

    private Tensor Blocks(Tensor embedded, TokenMask mask, long first)
    {
        using var scope = NewDisposeScope();
        var seen = Seen(embedded, mask);                                                        // [B, 1 + K, D']
        var unseen = Unseen();                                                                  // [N, D']
        var tokens = cat([seen, Rows(unseen, mask.Hidden)], 1);                                 // [B, 1 + N, D']
        for (var i = 0; i < decoder_blocks.Count; i++)
        {
            var block = decoder_blocks[i];
            var wanted = i == decoder_blocks.Count - 1 ? first : 0;
            var projected = i == 0 ? ProjectShared(block, seen, unseen, mask) : block.Project(tokens);
            tokens = block.Finish(tokens.narrow(1, wanted, tokens.shape[1] - wanted), projected, wanted);
        }

        return tokens.MoveToOuterDisposeScope();
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
}
