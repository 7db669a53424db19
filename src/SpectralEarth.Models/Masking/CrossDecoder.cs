using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SpectralEarth.Models.Masking;

/// <summary>
/// The decoder of CrossMAE (Fu et al. 2024, figure 4a): hidden tokens attend to the encoder's tokens only, not to each
/// other, so that any part of them can be decoded alone. Unlike the paper's, they attend to the encoder's tokens embedded,
/// with their positions and normalised, as in <see cref="SelfDecoder"/>: an encoder that need not carry positions to the decoder learns better
/// features (docs/benchmarks.md). The learned mixture of all encoder blocks (figure 4c) is left out, as it serves decoders of
/// several blocks.
/// </summary>
internal sealed class CrossDecoder : MaskedDecoder
{
    private readonly Dense decoder_embed;
    private readonly ModuleList<CrossBlock> decoder_blocks;

    internal CrossDecoder(MaeConfig config, FirstWeights weights)
        : base(nameof(CrossDecoder), config)
    {
        decoder_embed = new Dense(config.Encoder.Width, config.DecoderWidth);
        decoder_blocks = new ModuleList<CrossBlock>([.. Enumerable.Range(0, config.DecoderDepth)
            .Select(_ => new CrossBlock(config.DecoderWidth, config.DecoderHeads, weights))]);
        weights.Xavier(decoder_embed);
        Complete(weights);
    }

    private protected override Tensor DecodePredicted(Tensor encoded, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var memory = Seen(decoder_embed.forward(encoded), mask);                            // [B, 1 + K, D']
        var unseen = Unseen();                                                              // [N, D']
        var wanted = mask.PredictedTokens;                                                  // [B, n]
        var tokens = Rows(unseen, wanted);                                                  // [B, n, D']
        for (var i = 0; i < decoder_blocks.Count; i++)
        {
            // Before the first block a token is its position alone: its query is made once, not once per sample.
            var block = decoder_blocks[i];
            var queries = i == 0 ? Rows(block.Query(unseen), wanted) : block.Query(tokens);
            tokens = block.Finish(tokens, queries, memory);
        }

        return tokens.MoveToOuterDisposeScope();
    }
}
