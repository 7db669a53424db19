using SpectralEarth.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Masking;

/// <summary>Predicts the pixels of hidden tokens from the encoder's tokens (He et al. 2022, section 3).</summary>
internal abstract class MaskedDecoder : Module<Tensor, TokenMask, Tensor>
{
    // Fields that subclasses register with their own: names are the state-dict keys.
    private protected readonly Parameter mask_token, decoder_pos_embed;
    private protected readonly LayerNorm decoder_norm;
    private protected readonly Dense decoder_pred;

    private protected MaskedDecoder(string name, MaeConfig config)
        : base(name)
    {
        var (encoder, width) = (config.Encoder, config.DecoderWidth);
        mask_token = Parameter(empty(1, 1, width));
        decoder_pos_embed = Parameter(SineCosinePositions.Table(width, encoder.TokensPerSide), requires_grad: false);
        decoder_norm = LayerNorm(width, TransformerBlock.NormEpsilon);
        decoder_pred = new Dense(width, encoder.TokenSize * encoder.TokenSize * encoder.Bands);
    }

    /// <summary>The decoder that <paramref name="config"/> asks for.</summary>
    internal static MaskedDecoder Create(MaeConfig config, FirstWeights weights) => config.DecoderForm switch
    {
        DecoderForm.Self => new SelfDecoder(config, weights),
        DecoderForm.Cross => new CrossDecoder(config, weights),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.DecoderForm, "There is no such decoder."),
    };

    /// <param name="encoded">Encoder tokens, class token first, [B, 1 + K, D].</param>
    /// <param name="mask">Where they lie, and which hidden ones to predict.</param>
    /// <returns>Pixels of the predicted tokens, [B, n, P * P * C].</returns>
    public override Tensor forward(Tensor encoded, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        return Predict(decoder_norm.forward(DecodePredicted(encoded, mask))).MoveToOuterDisposeScope();
    }

    /// <summary>Pixels of tokens, [B, n, D'] to [B, n, P * P * C].</summary>
    internal Tensor Predict(Tensor decoded)
    {
        using var scope = NewDisposeScope();
        return decoder_pred.forward(decoded).to_type(decoded.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>First values of the common weights, and the end of construction.</summary>
    private protected void Complete(FirstWeights weights)
    {
        weights.Token(mask_token);
        weights.Xavier(decoder_pred);
        RegisterComponents();
    }

    /// <summary>Tokens after the last block, before the norm, for the hidden tokens to predict, [B, n, D'].</summary>
    private protected abstract Tensor DecodePredicted(Tensor encoded, TokenMask mask);

    /// <summary>What every hidden token is before the first block: mask token + position, [N, D'].</summary>
    private protected Tensor Unseen() => decoder_pos_embed[0, 1..] + mask_token[0];

    /// <summary>Encoder tokens before the first block, each with its position, [B, 1 + K, D'].</summary>
    /// <param name="embedded">Encoder tokens at the decoder's width, [B, 1 + K, D'].</param>
    /// <param name="mask">Where they lie.</param>
    private protected Tensor Seen(Tensor embedded, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var table = decoder_pos_embed[0];
        return (embedded + cat([table[..1].expand(embedded.shape[0], -1, -1), Rows(table, mask.Kept + 1)], 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Rows of [N, D] at indices [B, K]: [B, K, D].</summary>
    private protected static Tensor Rows(Tensor table, Tensor indices) =>
        table.index_select(0, indices.reshape(-1)).reshape(indices.shape[0], indices.shape[1], -1);
}
