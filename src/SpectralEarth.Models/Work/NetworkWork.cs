using SpectralEarth.Models.Work;

namespace SpectralEarth.Models;

/// <summary>
/// Operations of the matrix products of a training step, and the memory of what they keep, counted from the shapes of a
/// network. Norms, activations, sums and the optimizer are left out: they are bound by memory, not by arithmetic. Attention weights
/// that are made again in the backward pass count once.
/// </summary>
public static class NetworkWork
{
    /// <summary>Work of a masked autoencoder, by stage.</summary>
    /// <param name="config">Network and objective.</param>
    /// <param name="batch">Patches.</param>
    /// <param name="recompute">Whether the encoder's blocks run once more in the backward pass.</param>
    public static IReadOnlyList<StageWork> OfMae(MaeConfig config, int batch, bool recompute)
    {
        var (encoder, kept, predicted) = (config.Encoder, Kept(config), Predicted(config));
        var decoder = DecoderWork.Of(config, batch, 1 + kept, predicted);
        return
        [
            .. Embedding(encoder, batch * AdapterTokens(config)),
            Blocks(encoder, batch, 1 + kept, recompute),
            StageWork.Product("decoder blocks", decoder.Linear + decoder.Attention),
            StageWork.Product("prediction", 2 * batch * predicted * config.DecoderWidth * TokenValues(encoder)),
        ];
    }

    /// <summary>Work of an encoder that sees whole images, by stage.</summary>
    /// <param name="encoder">Network.</param>
    /// <param name="trained">Images that pass forwards and backwards.</param>
    /// <param name="followed">Images that pass forwards only, through a teacher.</param>
    /// <param name="recompute">Whether the blocks of a transformer run once more in the backward pass.</param>
    public static IReadOnlyList<StageWork> OfEncoder(EncoderConfig encoder, int trained, int followed, bool recompute)
    {
        StageWork[] of(int images, bool again) => encoder.IsTransformer
            ? [.. Embedding(encoder, (double)images * encoder.Tokens), Blocks(encoder, images, 1 + encoder.Tokens, again)]
            : [.. Adapter(encoder, (double)images * encoder.PatchSize * encoder.PatchSize), Residual(encoder, images)];
        var teacher = of(followed, again: false).Sum(stage => stage.Forward);
        return followed == 0 ? of(trained, recompute) : [.. of(trained, recompute), new StageWork("teacher", teacher, 0)];
    }

    /// <summary>Trained parameters of a masked autoencoder.</summary>
    public static long ParametersOfMae(MaeConfig config)
    {
        var (encoder, width) = (config.Encoder, (long)config.DecoderWidth);
        return ParametersOfEncoder(encoder) + (3 * width) + DecoderWork.Of(config, 1, 1, 1).Parameters + ((width + 1) * TokenValues(encoder));
    }

    /// <summary>Trained parameters of an encoder.</summary>
    public static long ParametersOfEncoder(EncoderConfig encoder)
    {
        var adapter = AdapterWork.Of(encoder).Parameters;
        if (!encoder.IsTransformer)
            return adapter + ResidualWork.Of(encoder).Parameters;
        var positions = encoder.Positions == PositionalEmbedding.Learned ? (1L + encoder.Tokens) * encoder.Width : 0;
        return adapter + ParametersOfProjection(encoder) + positions + (3L * encoder.Width) + (encoder.Depth * BlockParameters(encoder.Width, encoder.MlpRatio));
    }

    /// <summary>Parameters of a transformer's token projection; 0 of a residual network, which has none.</summary>
    public static long ParametersOfProjection(EncoderConfig encoder) =>
        encoder.IsTransformer ? (((long)encoder.TokenSize * encoder.TokenSize * Channels(encoder)) + 1) * encoder.Width : 0;

    /// <summary>Bytes that one patch keeps for the backward pass of a masked autoencoder.</summary>
    /// <param name="config">Network and objective.</param>
    /// <param name="precision">Number type of products.</param>
    /// <param name="recompute">Whether the encoder's blocks keep their input only.</param>
    public static double KeptBytesOfMae(MaeConfig config, Precision precision, bool recompute)
    {
        var (encoder, predicted) = (config.Encoder, Predicted(config));
        var decoder = config.DecoderDepth * BlockBytes(precision) * config.DecoderWidth * DecoderWork.Of(config, 1, 1 + Kept(config), predicted).Tokens;
        return KeptBytes(encoder, AdapterTokens(config), Kept(config), precision, recompute) + decoder + (3 * 4.0 * predicted * TokenValues(encoder));
    }

    /// <summary>Bytes that one whole image keeps for the backward pass of an encoder.</summary>
    /// <param name="encoder">Network.</param>
    /// <param name="precision">Number type of products.</param>
    /// <param name="recompute">Whether the encoder's blocks keep their input only.</param>
    public static double KeptBytesOfEncoder(EncoderConfig encoder, Precision precision, bool recompute) => encoder.IsTransformer
        ? KeptBytes(encoder, encoder.Tokens, encoder.Tokens, precision, recompute)
        : 4 * (((double)encoder.PatchSize * encoder.PatchSize * AdapterWork.Of(encoder).KeptValues) + ResidualWork.Of(encoder).KeptValues);

    /// <summary>The same for tokens whose pixels pass through the adapter, and tokens that pass through the blocks beside the class token.</summary>
    private static double KeptBytes(EncoderConfig encoder, double adapterTokens, double tokens, Precision precision, bool recompute)
    {
        var adapter = 4 * adapterTokens * encoder.TokenSize * encoder.TokenSize * AdapterWork.Of(encoder).KeptValues;
        var perToken = BlockBytes(precision) * encoder.Width;
        var blocks = recompute ? (encoder.Depth * 4.0 * encoder.Width) + perToken : encoder.Depth * perToken;
        return adapter + ((1 + tokens) * blocks);
    }

    /// <summary>Four matrices of attention, two of the perceptron, their biases, two norms.</summary>
    internal static long BlockParameters(long width, double mlpRatio)
    {
        var hidden = (long)(width * mlpRatio);
        return (4 * width * width) + (2 * width * hidden) + (5 * width) + hidden + (4 * width);
    }

    private static double Kept(MaeConfig config) => RandomMasking.KeptTokens(config.Encoder.Tokens, config.MaskRatio);

    private static double Predicted(MaeConfig config) => config.PredictedTokens(config.Encoder.Tokens - (long)Kept(config));

    /// <summary>Tokens whose pixels pass through the adapter.</summary>
    private static double AdapterTokens(MaeConfig config) => config.AdapterInput == AdapterInput.Visible ? Kept(config) : config.Encoder.Tokens;

    private static long Channels(EncoderConfig encoder) => encoder.HasAdapter ? SpectralAdapter.Features : encoder.Bands;

    private static long TokenValues(EncoderConfig encoder) => (long)encoder.TokenSize * encoder.TokenSize * encoder.Bands;

    /// <summary>Adapter and token projection of a number of tokens.</summary>
    private static IEnumerable<StageWork> Embedding(EncoderConfig encoder, double tokens)
    {
        var pixels = tokens * encoder.TokenSize * encoder.TokenSize;
        var projection = 2 * pixels * Channels(encoder) * encoder.Width;
        return [.. Adapter(encoder, pixels), new StageWork("token projection", projection, encoder.HasAdapter ? 2 * projection : projection)];
    }

    /// <summary>Adapter of a number of pixels; no stage where there is none.</summary>
    private static IEnumerable<StageWork> Adapter(EncoderConfig encoder, double pixels)
    {
        var adapter = AdapterWork.Of(encoder);
        return encoder.HasAdapter ? [new StageWork("adapter", pixels * (adapter.Bottom + adapter.Top), pixels * (adapter.Bottom + (2 * adapter.Top)))] : [];
    }

    private static StageWork Residual(EncoderConfig encoder, double images)
    {
        var work = ResidualWork.Of(encoder);
        return new StageWork("residual stages", images * (work.Bottom + work.Top), images * (work.Bottom + (2 * work.Top)));
    }

    private static StageWork Blocks(EncoderConfig encoder, double images, double tokens, bool recompute)
    {
        var linear = 2 * tokens * encoder.Width * encoder.Width * (4 + (2 * encoder.MlpRatio));
        var attention = DecoderWork.AttentionOf(tokens, tokens, encoder.Width);
        var forward = images * encoder.Depth * (linear + attention);
        return new StageWork("encoder blocks", forward, (recompute ? 3 : 2) * forward);
    }

    /// <summary>
    /// Bytes of a block per token and unit of width: float32 keeps inputs of both norms, of the four linear layers (1, 1, 1 and 4),
    /// queries, keys and values (3) and the perceptron's hidden layer (4); in bfloat16 all but the norms' inputs take half.
    /// </summary>
    private static double BlockBytes(Precision precision) => precision == Precision.Float32 ? 4 * (2 + 14) : (4 * 2) + (2 * 14);
}
